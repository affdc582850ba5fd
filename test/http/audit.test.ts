// The audit log: complete, in order, and unchangeable, even for the owner in passing.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../../src/store/audit.ts';
import { type Browser, enrol, type Served, serve, signIn } from './served.ts';

let served: Served;
let browser: Browser;
beforeAll(async () => {
  served = await serve();
  await enrol(served, 'AUD', { grants: ['auditor at plant'] });
  browser = await signIn(served, 'AUD');
  for (let n = 1; n <= 7; n += 1)
    await audit(
      served.db,
      served.plantId,
      { person: n % 2 },
      {
        action: 'probe.change',
        object: ['probe', n],
        before: { n: n - 1 },
        after: { n },
        why: `第 ${n} 次`,
      },
    );
});
afterAll(() => served.close());

test('pages, latest first, by object, person and action', async () => {
  const seen: string[] = [];
  let next: string | undefined;
  do {
    const { body } = await browser.ask(
      `/audit?action=probe.change&limit=3${next === undefined ? '' : `&cursor=${next}`}`,
    );
    seen.push(...body.items.map((one: { object: string }) => one.object));
    next = body.next;
  } while (next !== undefined);
  expect(seen).toEqual(['7', '6', '5', '4', '3', '2', '1']);
  const { body } = await browser.ask('/audit?kind=probe&object=4');
  expect(body.items).toEqual([
    expect.objectContaining({ before: { n: 3 }, after: { n: 4 }, why: '第 4 次', person: 0 }),
  ]);
  expect((await browser.ask('/audit?person=1&action=probe.change')).body.items).toHaveLength(4);
});

test('signing in stands in it, with the request as in the log', async () => {
  const [entry] = (await browser.ask('/audit?action=session.open&limit=1')).body.items;
  expect(served.log.some((line) => JSON.parse(line).id === entry.request)).toBe(true);
});

test.each([
  ['the service', () => served.db, 'permission denied'],
  ['the owner', () => served.owner, 'append-only'],
])('%s cannot change or remove an entry', async (_who, database, why) => {
  const { rows } = database();
  await expect(rows(`update crewledger.audit set why = 'x'`)).rejects.toThrow(why);
  await expect(rows('delete from crewledger.audit')).rejects.toThrow(why);
  await expect(rows('truncate crewledger.audit')).rejects.toThrow(why);
});
