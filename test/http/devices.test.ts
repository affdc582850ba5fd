// Kiosks from announcing to withdrawing, as an administrator and a kiosk do it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Browser, enrol, PASSWORD, type Served, serve, signIn } from './served.ts';

let served: Served;
let admin: Browser;
beforeAll(async () => {
  served = await serve();
  await enrol(served, 'ADMIN', { grants: ['administrator at plant'] });
  await enrol(served, 'EAST', { grants: ['administrator at administrative:east'] });
  admin = await signIn(served, 'ADMIN');
});
afterAll(() => served.close());

test('announced, bound, used with a PIN, withdrawn; all of it in the audit log, no secret in any log', async () => {
  const announced = await admin.ask('/devices', { body: { name: '东区班台', place: 'unit:u1' } });
  const { device, code } = announced.body;
  expect(code).toMatch(/^([A-HJ-NP-Z2-9]{4}-){2}[A-HJ-NP-Z2-9]{4}$/);
  const kiosk = new Browser(served.url);
  const bound = await kiosk.ask('/devices/bind', { body: { code } });
  expect(bound.body).toEqual({ device, name: '东区班台' });
  expect(bound.headers.getSetCookie()[0]).toMatch(/crewledger-device=.*Max-Age=34560000.*HttpOnly.*SameSite=Strict/);

  await enrol(served, 'W1', { team: 'east-a' });
  const worker = await signIn(served, 'W1');
  await worker.ask('/session/pin', { method: 'PUT', body: { password: PASSWORD, pin: '835729' } });
  expect((await kiosk.ask('/session/pin', { body: { staffNumber: 'W1', pin: '835729' } })).status).toBe(201);
  const [listed] = (await admin.ask('/devices')).body.items;
  expect(listed).toMatchObject({
    device,
    name: '东区班台',
    place: 'unit:u1',
    boundAt: expect.any(String),
    seenAt: expect.any(String),
  });

  expect((await admin.ask(`/devices/${device}`, { method: 'DELETE' })).status).toBe(204);
  expect((await kiosk.ask('/session')).status).toBe(401);
  expect((await kiosk.ask('/session/pin', { body: { staffNumber: 'W1', pin: '835729' } })).body.code).toBe(
    'device-unknown',
  );
  expect((await admin.ask(`/devices/${device}`, { method: 'DELETE' })).body.code).toBe('already-ended');

  const { items } = (await admin.ask(`/audit?kind=device&object=${device}`)).body;
  expect(items.map((one: { action: string }) => one.action)).toEqual([
    'device.revoke',
    'device.bind',
    'device.announce',
  ]);
  const opened = (await admin.ask('/audit?action=session.open&limit=10')).body.items;
  expect(opened.find((one: { device?: number }) => one.device === device)).toMatchObject({ after: { way: 'pin' } });
  const secrets = [code, '835729', kiosk.cookies.get('crewledger-device')!];
  const rows = await served.owner.rows<{ text: string }>('select d::text as text from crewledger.devices d');
  for (const secret of secrets) expect(served.log.join() + rows.map(({ text }) => text).join()).not.toContain(secret);
});

test('an administrator of a part sees and withdraws the devices of that part', async () => {
  const east = await signIn(served, 'EAST');
  const make = async (place: string): Promise<number> =>
    (await admin.ask('/devices', { body: { name: place, place } })).body.device;
  const [inside, outside] = [await make('team:east-b'), await make('unit:u2')];
  const seen = (await east.ask('/devices')).body.items.map((one: { device: number }) => one.device);
  expect(seen).toContain(inside);
  expect(seen).not.toContain(outside);
  expect((await east.ask(`/devices/${outside}`, { method: 'DELETE' })).status).toBe(403);
  expect(
    (await admin.ask('/devices')).body.items.find((one: { device: number }) => one.device === outside).revokedAt,
  ).toBeUndefined();
  expect((await east.ask(`/devices/${inside}`, { method: 'DELETE' })).status).toBe(204);
  expect((await east.ask('/devices', { body: { name: 'x', place: 'unit:u2' } })).status).toBe(403);
});
