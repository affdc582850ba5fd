// Health and metrics as a monitor asks for them, and what is forgotten in time.
import { Gauge, Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forgetAttempts } from '../../src/store/attempts.ts';
import { forgetKeys } from '../../src/store/idempotency.ts';
import { forgetSessions } from '../../src/store/sessions.ts';
import { makeToken } from '../../src/store/tokens.ts';
import { forgetOld } from '../../src/work/loop.ts';
import { Browser, enrol, type Served, serve, signIn } from './served.ts';

let served: Served;
let faults: string[] = [];
const registry = new Registry();
new Gauge({ name: 'crewledger_probe', help: 'a figure of the service', registers: [registry] }).set(7);
beforeAll(async () => {
  served = await serve({ registry, health: async () => ({ faults, details: { waiting: 3 } }) });
});
afterAll(() => served.close());

test('ready says what is amiss', async () => {
  const browser = new Browser(served.url);
  expect((await browser.ask('/health')).body).toEqual({ status: 'ok', faults: [], details: { waiting: 3 } });
  faults = ['disk-nearly-full'];
  const unwell = await browser.ask('/health');
  expect([unwell.status, unwell.body.status, unwell.body.faults]).toEqual([503, 'unwell', ['disk-nearly-full']]);
  expect((await browser.ask('/health/live')).body).toEqual({ status: 'ok', version: '0.0.0' });
  faults = [];
});

test("metrics are the service's and the frame's, for who may read them", async () => {
  const { db, plantId, url } = served;
  const until = Date.now() + 60_000;
  const { secret } = await makeToken(db, plantId, {
    name: 'm',
    actions: ['metrics.read'],
    place: 'plant',
    until,
    createdBy: undefined,
  });
  const told = await new Browser(url, { authorization: `Bearer ${secret}` }).ask('/metrics');
  expect(told.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(told.text).toContain('crewledger_probe 7');
  expect(told.text).toMatch(
    /crewledger_http_request_seconds_count\{method="GET",route="\/api\/v1\/health",status="503"\} 1/,
  );
  expect((await new Browser(url).ask('/metrics')).status).toBe(401);
});

test('keys are kept for a day, sessions that ended for as long as told, attempts for a day', async () => {
  const { db, plantId } = served;
  await enrol(served, 'F1');
  const browser = await signIn(served, 'F1');
  await browser.ask('/session/language', { method: 'PUT', body: {}, headers: { 'idempotency-key': 'forget-0001' } });
  await browser.ask('/session/language', { method: 'PUT', body: {}, headers: { 'idempotency-key': 'forget-0002' } });
  await db.rows(`update idempotency_keys set made_at = made_at - interval '25 hours' where key = 'forget-0001'`);
  // Asked to keep them for an hour, it keeps them for a day all the same.
  expect(await forgetKeys(db, plantId, 1)).toBe(1);
  expect(await db.rows('select key from idempotency_keys')).toEqual([{ key: 'forget-0002' }]);
  await browser.ask('/session', { method: 'DELETE' });
  expect(await forgetSessions(db, plantId, Date.now() + 29 * 86_400_000, 30)).toBe(0);
  expect(await forgetSessions(db, plantId, Date.now() + 31 * 86_400_000, 30)).toBe(1);
  await browser.ask('/session', { body: { staffNumber: 'F1', password: 'wrong' } });
  expect(await forgetAttempts(db, plantId, Date.now())).toBe(0);
  expect(await forgetAttempts(db, plantId, Date.now() + 25 * 3_600_000)).toBeGreaterThan(0);
});

test('events are let go after a day, but the last that told of the ledger: by it boards know whether anything changed', async () => {
  const { db, plantId } = served;
  const add = (kind: string, age: string): Promise<unknown> =>
    db.rows(
      `insert into events (plant_id, at, kind, body) values ($1, clock_timestamp() - $3::interval, $2, '{}')`,
      plantId,
      kind,
      age,
    );
  for (const [kind, age] of [
    ['sheet', '50 hours'],
    ['board', '49 hours'],
    ['draft', '48 hours'],
    ['draft', '1 hour'],
  ] as const)
    await add(kind, age);
  await forgetOld(db);
  expect((await db.rows<{ kind: string }>('select kind from events order by event')).map(({ kind }) => kind)).toEqual([
    'board',
    'draft',
  ]);
});
