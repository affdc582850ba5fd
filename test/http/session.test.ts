// Signing in and out over a real socket: what is told, what is kept, and what a stranger can learn.
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeFirstCode, setPin } from '../../src/store/credentials.ts';
import { announceDevice, revokeDevice } from '../../src/store/devices.ts';
import { Browser, enrol, PASSWORD, type Served, serve, signIn } from './served.ts';

let served: Served;
let clock = 0;
const PIN = '284917';
beforeAll(async () => {
  served = await serve({ example: true, settings: { now: () => Date.now() + clock } });
  await enrol(served, 'E100', { team: 'east-a', grants: ['crew-leader at team:east-a'] });
  await enrol(served, 'E200', { team: 'west-a' });
  await enrol(served, 'D1', { demo: true, team: 'east-a' });
});
afterAll(() => served.close());
beforeEach(async () => {
  await served.db.rows('delete from attempts where plant_id = $1', served.plantId);
});

const open = (staffNumber: string, password: string, browser = new Browser(served.url)) =>
  browser.ask('/session', { body: { staffNumber, password } });

describe('in and out', () => {
  test('a session says who one is and what one may do, and ends', async () => {
    const browser = await signIn(served, 'e100 '.trim());
    const { body } = await browser.ask('/session');
    expect(body).toMatchObject({
      staffNumber: 'E100',
      name: 'name of E100',
      teams: ['east-a'],
      roles: [
        { role: 'member', place: 'team:east-a' },
        { role: 'crew-leader', place: 'team:east-a' },
      ],
    });
    expect(body.permissions).toContainEqual({ action: 'handover.offer', places: ['team:east-a'] });
    expect(body.permissions.map((one: { action: string }) => one.action)).not.toContain('people.write');
    expect((await browser.ask('/session', { method: 'DELETE' })).status).toBe(204);
    expect(browser.cookies.size).toBe(0);
    expect((await browser.ask('/session')).status).toBe(401);
  });

  test('script cannot read the cookie, other sites cannot send it, and the database does not hold it', async () => {
    const browser = new Browser(served.url);
    const told = await open('E100', PASSWORD, browser);
    const cookie = told.headers.getSetCookie().find((one) => one.startsWith('crewledger-session='))!;
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect(cookie).not.toMatch(/Secure/);
    const secret = browser.cookies.get('crewledger-session')!;
    expect(secret.length).toBeGreaterThanOrEqual(43);
    const rows = await served.owner.rows<{ text: string }>('select sessions::text as text from crewledger.sessions');
    expect(rows.map(({ text }) => text).join()).not.toContain(secret);
  });

  test('a session taken out of the browser stays ended', async () => {
    const browser = await signIn(served, 'E100');
    const secret = browser.cookies.get('crewledger-session')!;
    await browser.ask('/session', { method: 'DELETE' });
    const told = await browser.ask('/session', { headers: { cookie: `crewledger-session=${secret}` } });
    expect(told.status).toBe(401);
  });

  test('a session ends when idle and at its last instant', async () => {
    const hour = 3_600_000;
    try {
      const browser = await signIn(served, 'E100');
      clock = 11 * hour;
      expect((await browser.ask('/session')).status).toBe(200);
      clock = 22 * hour;
      expect((await browser.ask('/session')).status).toBe(200);
      clock = 35 * hour;
      expect((await browser.ask('/session')).status).toBe(401);
      clock = 0;
      const kept = await signIn(served, 'E100');
      const statuses = new Map<number, number>();
      for (let at = 0; at <= 7 * 24; at += 8) {
        clock = at * hour;
        statuses.set(at, (await kept.ask('/session')).status);
      }
      expect([statuses.get(160), statuses.get(168)]).toEqual([200, 401]);
    } finally {
      clock = 0;
    }
  });

  test('the language chosen is the language told', async () => {
    const browser = await signIn(served, 'E200');
    expect((await browser.ask('/session/language', { method: 'PUT', body: { language: 'en' } })).status).toBe(204);
    expect((await browser.ask('/nowhere')).body.title).toBe('没有找到');
    expect((await browser.ask('/sessions/99999', { method: 'DELETE' })).body.title).toBe('Not found');
    await browser.ask('/session/language', { method: 'PUT', body: {} });
  });

  test('open sessions are listed and ended, one or all others', async () => {
    await served.db.rows('update sessions set ended_at = clock_timestamp() where plant_id = $1', served.plantId);
    const [here, there, elsewhere] = [
      await signIn(served, 'E100'),
      await signIn(served, 'E100'),
      await signIn(served, 'E100'),
    ];
    const { body } = await here.ask('/sessions');
    expect(body.items).toHaveLength(3);
    expect(body.items.filter((one: { current: boolean }) => one.current)).toHaveLength(1);
    const other = (await there.ask('/session')).body.session;
    expect((await (await signIn(served, 'E200')).ask(`/sessions/${other}`, { method: 'DELETE' })).status).toBe(404);
    expect((await here.ask(`/sessions/${other}`, { method: 'DELETE' })).status).toBe(204);
    expect((await there.ask('/session')).status).toBe(401);
    expect((await here.ask('/sessions', { method: 'DELETE' })).body).toEqual({ ended: 1 });
    expect((await elsewhere.ask('/session')).status).toBe(401);
    expect((await here.ask('/session')).status).toBe(200);
  });

  test('signing in again in the same browser ends the session before', async () => {
    const browser = await signIn(served, 'E200');
    const before = browser.cookies.get('crewledger-session')!;
    expect((await open('E200', PASSWORD, browser)).status).toBe(201);
    const told = await new Browser(served.url).ask('/session', { headers: { cookie: `crewledger-session=${before}` } });
    expect(told.status).toBe(401);
    expect((await browser.ask('/session')).status).toBe(200);
  });

  test('who is blocked is out at once', async () => {
    await enrol(served, 'E300');
    const browser = await signIn(served, 'E300');
    await served.db.rows(`update people set blocked_at = clock_timestamp() where staff_number = 'E300'`);
    expect((await browser.ask('/session')).status).toBe(401);
    expect((await open('E300', PASSWORD)).body.code).toBe('sign-in-failed');
  });
});

describe('guessing', () => {
  test('an account that is not there answers as one that is', async () => {
    const [wrong, unknown] = [await open('E100', 'a wrong password'), await open('NOBODY', 'a wrong password')];
    expect(wrong.status).toBe(401);
    const same = ({ body, status }: typeof wrong) => ({ ...body, instance: '', status });
    expect(same(unknown)).toEqual(same(wrong));
  });

  test('and takes as long', async () => {
    const timed = async (staffNumber: string): Promise<number> => {
      const times: number[] = [];
      for (let n = 0; n < 9; n += 1) {
        await served.db.rows('delete from attempts where plant_id = $1', served.plantId);
        const began = performance.now();
        await open(staffNumber, `wrong ${n}`);
        times.push(performance.now() - began);
      }
      return times.sort((a, b) => a - b)[4]!;
    };
    await timed('E100');
    const [there, not] = [await timed('E100'), await timed('NOBODY')];
    expect(Math.max(there, not) / Math.min(there, not)).toBeLessThan(2.5);
  });

  test.each(['E100', 'NOBODY'])(
    'five wrong passwords of %s pause it, also for the right one, longer each time',
    async (who) => {
      try {
        for (let n = 0; n < 5; n += 1) expect((await open(who, `wrong ${n}`)).status).toBe(401);
        const paused = await open(who, PASSWORD);
        expect([paused.status, paused.body.code]).toEqual([429, 'locked-out']);
        expect(Number(paused.headers.get('retry-after'))).toBeGreaterThan(25);
        expect(Number(paused.headers.get('retry-after'))).toBeLessThanOrEqual(30);
        clock = 31_000;
        expect((await open(who, 'wrong again')).status).toBe(401);
        const longer = Number((await open(who, PASSWORD)).headers.get('retry-after'));
        expect(longer).toBeGreaterThan(55);
        clock = 31_000 + 61_000;
        expect((await open(who, PASSWORD)).status).toBe(who === 'E100' ? 201 : 401);
      } finally {
        clock = 0;
      }
    },
  );

  test('many at once gain no more guesses', async () => {
    const told = await Promise.all(Array.from({ length: 20 }, (_, n) => open('E100', `wrong ${n}`)));
    expect(told.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(told.filter(({ status }) => status === 429)).toHaveLength(15);
  });

  test('an address that tries many accounts is paused, and others are not', async () => {
    const strict = await serve({
      settings: { lockOut: { accountFailures: 5, addressFailures: 8, firstMs: 30_000, longestMs: 60_000 } },
    });
    try {
      await enrol(strict, 'E1');
      const from = new Browser(strict.url);
      for (let n = 0; n < 8; n += 1)
        expect((await from.ask('/session', { body: { staffNumber: `X${n}`, password: 'wrong' } })).status).toBe(401);
      expect((await from.ask('/session', { body: { staffNumber: 'E1', password: PASSWORD } })).status).toBe(429);
    } finally {
      await strict.close();
    }
  });

  test('the log and the database hold no password, PIN, cookie or typed account', async () => {
    const marks = ['typed-into-the-account', 'a very secret passphrase'];
    await open(marks[0]!, marks[1]!);
    await open('E100', marks[1]!);
    const browser = await signIn(served, 'E100');
    const secret = browser.cookies.get('crewledger-session')!;
    await browser.ask('/session/password', {
      method: 'PUT',
      body: { oldPassword: marks[1], newPassword: 'another secret of mine' },
    });
    const log = served.log.join('');
    expect(log.length).toBeGreaterThan(1000);
    for (const mark of [...marks, secret, PASSWORD, 'another secret of mine']) expect(log).not.toContain(mark);
    const rows = await served.owner.rows<{ text: string }>(
      'select audit::text as text from crewledger.audit union all select attempts::text from crewledger.attempts',
    );
    expect(rows.length).toBeGreaterThan(3);
    for (const mark of [...marks, 'name of']) expect(rows.map(({ text }) => text).join()).not.toContain(mark);
  });
});

test('what a careless line of the log would tell is struck out', async () => {
  served.server.service.registry.clear();
  const { default: fastify } = await import('fastify');
  const { loggerOf } = await import('../../src/http/log.ts');
  const lines: string[] = [];
  const app = fastify({ logger: loggerOf({ stream: { write: (line) => void lines.push(line) } }) as never });
  app.log.info({
    password: 'p-1',
    body: { pin: 'p-2', newPassword: 'p-3' },
    req: { headers: { cookie: 'p-4' } },
    headers: { authorization: 'p-5', 'set-cookie': 'p-6' },
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toMatch(/p-\d/);
});

describe('passwords', () => {
  test('a change ends all other sessions and needs the old one', async () => {
    await enrol(served, 'E400');
    const [here, there] = [await signIn(served, 'E400'), await signIn(served, 'E400')];
    const change = (oldPassword: string, newPassword: string) =>
      here.ask('/session/password', { method: 'PUT', body: { oldPassword, newPassword } });
    expect((await change('wrong', 'four green valves')).body.code).toBe('sign-in-failed');
    expect((await change(PASSWORD, PASSWORD)).body.code).toBe('password-same');
    for (const weak of ['short', '1234567890', 'aaaaaaaaaaaa', 'Password2026', 'E400E400', 'abcdefghijkl', 'e40012345'])
      expect((await change(PASSWORD, weak)).body.code, weak).toBe('password-weak');
    expect((await change(PASSWORD, 'four green valves')).status).toBe(204);
    expect((await here.ask('/session')).status).toBe(200);
    expect((await there.ask('/session')).status).toBe(401);
    expect((await open('E400', PASSWORD)).status).toBe(401);
    expect((await open('E400', 'four green valves')).status).toBe(201);
  });

  test('after a reset nothing works before a new one is set', async () => {
    await enrol(served, 'E500', { team: 'east-a' });
    await served.db.rows(`update credentials set must_change = true from people
      where people.person = credentials.person and staff_number = 'E500'`);
    const browser = new Browser(served.url);
    expect((await open('E500', PASSWORD, browser)).body).toEqual({ mustChangePassword: true });
    expect((await browser.ask('/people')).body.code).toBe('password-change-needed');
    await browser.ask('/session/password', {
      method: 'PUT',
      body: { oldPassword: PASSWORD, newPassword: 'five grey tanks' },
    });
    expect((await browser.ask('/people')).status).not.toBe(403);
  });
});

describe('a kiosk', () => {
  const bind = async (): Promise<{ kiosk: Browser; device: number }> => {
    const { db, plantId } = served;
    const announced = await announceDevice(db, plantId, {
      name: '东区看板',
      place: 'unit:u1',
      by: undefined,
      now: Date.now(),
    });
    const kiosk = new Browser(served.url);
    const told = await kiosk.ask('/devices/bind', {
      body: { code: announced.code.toLowerCase().replaceAll('-', ' ') },
    });
    expect(told.status).toBe(201);
    return { kiosk, device: announced.device };
  };
  const byPin = (kiosk: Browser, staffNumber: string, pin: string) =>
    kiosk.ask('/session/pin', { body: { staffNumber, pin } });

  test('a PIN opens a short session on a bound device, and nowhere else', async () => {
    const person = await enrol(served, 'K100', { team: 'east-a' });
    await setPin(served.db, served.plantId, person, PIN, Date.now());
    const { kiosk, device } = await bind();
    expect((await kiosk.ask('/session/ways')).body.device).toEqual({ name: '东区看板', place: 'unit:u1' });
    expect((await byPin(new Browser(served.url), 'K100', PIN)).body.code).toBe('device-unknown');
    expect((await byPin(kiosk, 'K100', PIN)).status).toBe(201);
    expect((await kiosk.ask('/session')).body).toMatchObject({ staffNumber: 'K100', device });
    try {
      clock = 16 * 60_000;
      expect((await kiosk.ask('/session')).status).toBe(401);
    } finally {
      clock = 0;
    }
    expect((await byPin(kiosk, 'K100', PIN)).status).toBe(201);
    await revokeDevice(served.db, served.plantId, device, Date.now());
    expect((await kiosk.ask('/session')).status).toBe(401);
    expect((await byPin(kiosk, 'K100', PIN)).body.code).toBe('device-unknown');
  });

  test('a PIN opens no door to people, access or closing, whatever the roles', async () => {
    const person = await enrol(served, 'K300', { grants: ['administrator at plant', 'crew-leader at team:east-a'] });
    await setPin(served.db, served.plantId, person, PIN, Date.now());
    const { kiosk } = await bind();
    expect((await byPin(kiosk, 'K300', PIN)).status).toBe(201);
    expect(
      (await kiosk.ask('/tokens', { body: { name: 'x', actions: ['readings.read'], place: 'plant', days: 1 } })).status,
    ).toBe(403);
    expect((await kiosk.ask('/audit')).status).toBe(403);
    const actions = (await kiosk.ask('/session')).body.permissions.map((one: { action: string }) => one.action);
    expect(actions).toContain('handover.offer');
    expect(
      actions.filter((action: string) => /^(people|grants|tokens|devices)\.write|approve|close/.test(action)),
    ).toEqual([]);
    expect((await (await signIn(served, 'K300')).ask('/audit')).status).toBe(200);
  });

  test('wrong PINs pause the account at the device, not its password', async () => {
    const person = await enrol(served, 'K200', { team: 'east-a' });
    await setPin(served.db, served.plantId, person, PIN, Date.now());
    const { kiosk } = await bind();
    for (let n = 0; n < 5; n += 1) expect((await byPin(kiosk, 'K200', '000111')).status).toBe(401);
    expect((await byPin(kiosk, 'K200', PIN)).body.code).toBe('locked-out');
    expect((await open('K200', PASSWORD)).status).toBe(201);
  });

  test("one's PIN is set with one's password", async () => {
    await enrol(served, '778899', { team: 'east-a' });
    const browser = await signIn(served, '778899');
    const set = (password: string, pin: string) =>
      browser.ask('/session/pin', { method: 'PUT', body: { password, pin } });
    for (const weak of ['123456', '111111', '778899', '121212'])
      expect((await set(PASSWORD, weak)).body.code, weak).toBe('pin-weak');
    expect((await set('wrong', PIN)).body.code).toBe('sign-in-failed');
    expect((await set(PASSWORD, PIN)).status).toBe(204);
    const { kiosk } = await bind();
    expect((await byPin(kiosk, '778899', PIN)).status).toBe(201);
  });

  test('a code binds one device, once, and not for ever', async () => {
    const { db, plantId } = served;
    const now = Date.now();
    const { code } = await announceDevice(db, plantId, { name: 'a', place: 'plant', by: undefined, now });
    const bindWith = (typed: string) => new Browser(served.url).ask('/devices/bind', { body: { code: typed } });
    expect((await bindWith('AAAA-BBBB-CCCC')).body.code).toBe('code-wrong');
    expect((await bindWith(code)).status).toBe(201);
    expect((await bindWith(code)).body.code).toBe('code-wrong');
    const late = await announceDevice(db, plantId, {
      name: 'b',
      place: 'plant',
      by: undefined,
      now: now - 31 * 60_000,
    });
    expect((await bindWith(late.code)).body.code).toBe('code-wrong');
  });
});

describe('demo users', () => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

  test('sign in from the same machine only, whatever a header says', async () => {
    expect((await open('D1', PASSWORD)).status).toBe(201);
    const proxied = new Browser(served.url, { 'x-crewledger': '1', 'x-forwarded-for': '127.0.0.1' });
    expect((await open('D1', PASSWORD, proxied)).body.code).toBe('demo-elsewhere');
    expect((await open('D1', 'wrong', proxied)).body.code).toBe('sign-in-failed');
    const local = await signIn(served, 'D1');
    const carried = await local.ask('/session', { headers: { 'x-forwarded-for': '10.0.0.7' } });
    expect(carried.status).toBe(401);
  });

  test('nor do they come in by the address of the network', async () => {
    expect(outside).toBeDefined();
    const wide = await serve({ example: true }, '0.0.0.0');
    try {
      await enrol(wide, 'D1', { demo: true });
      await enrol(wide, 'E1');
      const far = new Browser(wide.url.replace('0.0.0.0', outside!));
      expect((await open('E1', PASSWORD, far)).status).toBe(201);
      expect((await open('D1', PASSWORD, far)).body.code).toBe('demo-elsewhere');
    } finally {
      await wide.close();
    }
  });

  test('and not at all on a real plant', async () => {
    const real = await serve({ example: false });
    try {
      await enrol(real, 'D1', { demo: true });
      expect((await open('D1', PASSWORD, new Browser(real.url))).body.code).toBe('demo-elsewhere');
    } finally {
      await real.close();
    }
  });
});

test('the first administrator is made with the first code, once', async () => {
  const empty = await serve();
  try {
    const { db, plantId, url } = empty;
    const browser = new Browser(url);
    expect((await browser.ask('/session/ways')).body).toMatchObject({ first: true, signOn: false });
    const code = (await makeFirstCode(db, plantId, Date.now()))!;
    const first = (typed: string, password = 'seven red lamps') =>
      browser.ask('/session/first', { body: { code: typed, staffNumber: 'A1', name: '王', password } });
    expect((await first('AAAA-BBBB-CCCC')).body.code).toBe('code-wrong');
    expect((await first(code, 'weak')).body.code).toBe('password-weak');
    expect((await first(code)).status).toBe(201);
    expect((await browser.ask('/session')).body.roles).toEqual([{ role: 'administrator', place: 'plant' }]);
    expect((await first(code)).body.code).toBe('already-set-up');
    expect(await makeFirstCode(db, plantId, Date.now())).toBeUndefined();
    const [entry] = await db.rows<{ action: string; why: string }>(
      `select action, why from audit where action = 'grant.add'`,
    );
    expect(entry).toEqual({ action: 'grant.add', why: 'first code' });
  } finally {
    await empty.close();
  }
});
