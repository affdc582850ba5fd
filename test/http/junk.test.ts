// Whatever is sent, it is refused or done; never is it a bug. Every route is sent schema-shaped and shapeless junk by somebody
// who may do everything.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTRACTS } from '../../src/http/contract/all.ts';
import { type Browser, enrol, type Served, serve, signIn } from './served.ts';

let served: Served;
let admin: Browser;
beforeAll(async () => {
  served = await serve({
    settings: { lockOut: { accountFailures: 1e6, addressFailures: 1e6, firstMs: 1, longestMs: 1 } },
  });
  // Small ids are for junk to hit; who sends it is beyond them.
  for (let n = 1; n <= 5; n += 1) await enrol(served, `TARGET${n}`, { team: 'east-a' });
  await served.owner.rows('alter table crewledger.people alter person restart with 1000');
  await enrol(served, 'ADMIN', { grants: ['administrator at plant', 'auditor at plant'] });
  await enrol(served, 'SPARE', { grants: ['administrator at plant'] });
  admin = await signIn(served, 'ADMIN');
});
afterAll(() => served.close());

const nasty = fc.oneof(
  fc.constantFrom<unknown>(
    '',
    ' ',
    'plant',
    'unit:u1',
    'unit:',
    'team:\u0000',
    '\u0000',
    '\ud800',
    "' or 1=1 --",
    '../..',
    '2026-02-31',
    '0',
    '-1',
    'NaN',
    '99999999999999999999999',
    1e308,
    -1,
    0,
    1.5,
    2 ** 53,
    true,
    null,
    [],
    {},
    '__proto__',
    '炼'.repeat(300),
    '%00',
    '\r\nx: y',
  ),
  fc.string({ maxLength: 30 }),
  fc.integer(),
);

/** Often a value the schema takes, so that junk comes as far as the handler. */
function valueFor(schema: unknown): fc.Arbitrary<unknown> {
  const {
    type,
    properties,
    items,
    anyOf,
    enum: choices,
    const: one,
  } = (schema ?? {}) as Readonly<Record<string, unknown>>;
  if (properties !== undefined) {
    const all = Object.fromEntries(Object.entries(properties as object).map(([key, inner]) => [key, valueFor(inner)]));
    return fc.record(all, { requiredKeys: [] });
  }
  if (Array.isArray(choices)) return fc.oneof(fc.constantFrom(...choices), nasty);
  if (one !== undefined) return fc.oneof(fc.constant(one), nasty);
  if (Array.isArray(anyOf)) return fc.oneof(...anyOf.map(valueFor), nasty);
  if (type === 'array') return fc.array(valueFor(items), { maxLength: 3 });
  if (type === 'integer') return fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer(), nasty);
  if (type === 'boolean') return fc.boolean();
  return nasty;
}

test.each(CONTRACTS.map((contract) => [contract.id, contract] as const))('%s', async (id, contract) => {
  // It takes nothing, and would end the session that asks.
  if (id === 'session.close') return;
  const sample = fc.record({
    params: valueFor(contract.params),
    query: valueFor(contract.query),
    body: fc.oneof(valueFor(contract.body), fc.anything()),
  });
  const sent = fc.sample(sample, { numRuns: 25, seed: 20_260_301 });
  for (const { params, query, body } of sent) {
    const named = (params ?? {}) as Readonly<Record<string, unknown>>;
    const path = contract.path.replace(
      /:(\w+)/g,
      (_, name: string) => encodeURIComponent(text(named[name] ?? 1)) || '1',
    );
    const asked = new URLSearchParams();
    for (const [key, value] of Object.entries((query ?? {}) as object)) asked.set(key, text(value));
    // A stream would go on for ever.
    if (id === 'events.stream') asked.set('once', 'true');
    const told = await admin.ask(`${path}?${asked}`, {
      method: contract.method,
      headers: { 'if-match': '"1"', ...(contract.body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(contract.body === undefined ? {} : { body: safe(body) }),
    });
    expect(told.status, `${id} ${JSON.stringify({ params, query })} ${safe(body)} ${told.text}`).toBeLessThan(500);
    if (told.status === 401) admin = await signIn(served, 'ADMIN');
  }
});

const text = (value: unknown): string =>
  typeof value === 'string' ? value.toWellFormed() : String(JSON.stringify(value) ?? '');

/** As JSON, whatever it is. */
function safe(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    return '{"junk":';
  }
}
