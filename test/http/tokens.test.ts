// Tokens over a real socket: what they open, what they never open, and that they end.

import { Type } from 'typebox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contract, record } from '../../src/http/contract.ts';
import { route } from '../../src/http/route.ts';
import { Browser, enrol, type Served, serve, signIn } from './served.ts';

let served: Served;
let admin: Browser;
let clock = 0;
const probe = route(
  contract({
    id: 'probe.unit',
    method: 'POST',
    path: '/probe/units/:unit',
    summary: { zh: '试', en: 'probe' },
    action: 'readings.write',
    scope: { about: 'unit', in: 'params', name: 'unit' },
    params: record({ unit: Type.String() }),
    response: record({}),
  }),
).write(async () => ({ body: {} }));

beforeAll(async () => {
  served = await serve({ routes: [probe], settings: { now: () => Date.now() + clock } });
  await enrol(served, 'ADMIN', { grants: ['administrator at plant'] });
  admin = await signIn(served, 'ADMIN');
});
afterAll(() => served.close());

const make = async (body: object): Promise<{ machine: Browser; token: number; secret: string }> => {
  const told = await admin.ask('/tokens', { body: { name: 'DCS', days: 30, ...body } });
  expect(told.status).toBe(201);
  const { secret, token } = told.body;
  return { machine: new Browser(served.url, { authorization: `Bearer ${secret}` }), token, secret };
};

test('a token does what it says where it says, needs no header of ours, and no more', async () => {
  const { machine } = await make({ actions: ['readings.write'], place: 'unit:u1' });
  expect((await machine.ask('/probe/units/u1', { method: 'POST' })).status).toBe(200);
  expect((await machine.ask('/probe/units/u2', { method: 'POST' })).status).toBe(403);
  expect((await machine.ask('/audit')).status).toBe(403);
  expect((await machine.ask('/session')).body.code).toBe('people-only');
  const wide = await make({ actions: ['readings.write', 'metrics.read'], place: 'plant' });
  expect((await wide.machine.ask('/probe/units/u2', { method: 'POST' })).status).toBe(200);
  const metrics = await wide.machine.ask('/metrics');
  expect(metrics.text).toContain(
    'crewledger_http_request_seconds_count{method="POST",route="/api/v1/probe/units/:unit",status="200"}',
  );
});

test('it is shown once, hashed in the database, and in no log', async () => {
  const body = { name: 'MES', days: 1, actions: ['readings.read'], place: 'plant' };
  const headers = { 'idempotency-key': 'token-once-0001' };
  const { secret } = (await admin.ask('/tokens', { body, headers })).body;
  expect(secret).toMatch(/^clt_[\w-]{43}$/);
  expect((await admin.ask('/tokens', { body, headers })).body.code).toBe('key-done');
  await new Browser(served.url, { authorization: `Bearer ${secret}` }).ask('/audit');
  const kept = await served.owner.rows<{ text: string }>(
    'select t::text as text from crewledger.tokens t union all select k::text from crewledger.idempotency_keys k union all select a::text from crewledger.audit a',
  );
  expect(kept.map(({ text }) => text).join() + served.log.join()).not.toContain(secret.slice(4));
  expect(JSON.stringify((await admin.ask('/tokens')).body)).not.toContain(secret.slice(4));
});

test('no token approves, closes, or touches people and access', async () => {
  for (const action of [
    'people.write',
    'grants.write',
    'tokens.write',
    'month.close',
    'facts.exclusion.approve',
    'people.details.read',
  ]) {
    const told = await admin.ask('/tokens', { body: { name: 'x', days: 1, actions: [action], place: 'plant' } });
    expect(told.body.errors?.[0].field, action).toBe('body/actions/0');
  }
});

test('it ends on its day, and when it is withdrawn', async () => {
  const { machine, token } = await make({ actions: ['metrics.read'], place: 'plant', days: 2 });
  expect((await machine.ask('/metrics')).status).toBe(200);
  expect((await admin.ask('/tokens')).body.items[0].usedAt).toBeDefined();
  try {
    clock = 3 * 86_400_000;
    expect((await machine.ask('/metrics')).body.code).toBe('token-unknown');
  } finally {
    clock = 0;
  }
  expect((await admin.ask(`/tokens/${token}`, { method: 'DELETE' })).status).toBe(204);
  expect((await machine.ask('/metrics')).body.code).toBe('token-unknown');
  expect((await admin.ask(`/tokens/${token}`, { method: 'DELETE' })).body.code).toBe('already-ended');
  expect((await admin.ask('/tokens/99999', { method: 'DELETE' })).status).toBe(404);
});

test('a token beside a cookie is the token', async () => {
  const { secret } = await make({ actions: ['readings.read'], place: 'plant' });
  expect((await admin.ask('/audit', { headers: { authorization: `Bearer ${secret}` } })).status).toBe(403);
});
