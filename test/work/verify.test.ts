// Whatever is derived from the ledger can be made again, so a change to any of it is found and named.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { simulatePlant } from '../../src/simulate/plant.ts';
import { Database } from '../../src/store/database.ts';
import { verifyLedger } from '../../src/work/verify.ts';
import { ENGINE } from '../plant-months/compare.ts';
import { loadPlant } from '../plant-months/engine.ts';
import { factRows, LivePlant } from './live-plant.ts';

const DAY = 86_400_000;
let live: LivePlant;
let owner: Database;

/** A plant-month with cycles of periodic work, all of it learnt at once. */
beforeAll(async () => {
  const { files } = simulatePlant(18);
  const { facts, log } = loadPlant(ENGINE, files);
  const last = log.time.reduce((most, at) => Math.max(most, at), 0);
  live = await LivePlant.open(files, last + 10 * DAY);
  await live.teach(log);
  for (const { kind, cells } of factRows(files, facts)) await live.say(kind, [cells]);
  await live.settle();
  owner = new Database({ url: live.url, connectionsMax: 1 });
  for (const table of ['vouchers', 'postings']) await owner.rows(`alter table ${table} disable trigger all`);
}, 120_000);
afterAll(async () => {
  await owner?.close();
  await live?.close();
});

const findings = async () => (await verifyLedger(live.db, live.plantId, live.plant.id)).findings;

test('untouched, nothing is found; there is something of each kind to find', async () => {
  expect(await findings()).toEqual([]);
  const [counts] = await live.db.rows<Record<string, number>>(
    `select (select count(*) from vouchers where kind = 'cycle') as cycles, (select count(*) from team_entries) as entries,
       (select count(*) from team_months) as months, (select count(*) from standings) as standings`,
  );
  for (const [name, count] of Object.entries(counts!)) expect(count, name).toBeGreaterThan(0);
});

const ONE_SHEET = `voucher = (select min(voucher) from vouchers where kind = 'sheet' and ranked::text like '%"lines":[[%')`;

test.each([
  [
    'standing-differs',
    `update standings set team = team || 'x' where (day, unit) = (select day, unit from standings order by day, unit limit 1)`,
  ],
  ['standing-differs', `update standings set complete = not complete where ctid = (select min(ctid) from standings)`],
  ['standing-differs', `delete from standings where ctid = (select min(ctid) from standings)`],
  [
    'month-differs',
    `update team_months set tally = jsonb_set(tally::jsonb, '{gainFen}', '1')::json where ctid = (select min(ctid) from team_months where tally::text <> 'null')`,
  ],
  ['entry-differs', `update team_entries set fen = fen + 1 where ctid = (select min(ctid) from team_entries)`],
  ['entry-differs', `delete from team_entries where ctid = (select min(ctid) from team_entries)`],
  ['company-differs', `update vouchers set company_fen = coalesce(company_fen, 0) + 1 where ${ONE_SHEET}`],
  ['ranked-differs', `update vouchers set ranked = jsonb_set(ranked::jsonb, '{crew}', '"x"')::json where ${ONE_SHEET}`],
  [
    'cycle-differs',
    `update vouchers set record = replace(record, '"fen":-', '"fen":-1') where voucher = (select max(voucher) from vouchers where kind = 'cycle')`,
  ],
])('%s: %s', async (code, sql) => {
  const tables = ['standings', 'team_months', 'team_entries', 'vouchers'];
  for (const table of tables) await owner.rows(`create table was_${table} as table ${table}`);
  try {
    await owner.rows(sql);
    expect((await findings()).map((one) => one.code)).toContain(code);
  } finally {
    for (const table of ['standings', 'team_months', 'team_entries']) {
      await owner.rows(`truncate ${table}`);
      await owner.rows(`insert into ${table} select * from was_${table}`);
    }
    await owner.rows(
      `update vouchers v set company_fen = w.company_fen, ranked = w.ranked, record = w.record from was_vouchers w
        where v.voucher = w.voucher and (v.company_fen, v.ranked::text, v.record) is distinct from (w.company_fen, w.ranked::text, w.record)`,
    );
    for (const table of tables) await owner.rows(`drop table was_${table}`);
  }
  expect(await findings()).toEqual([]);
});

test('another model of the plant that adds up otherwise: open months are summed anew', async () => {
  const { files } = simulatePlant(18);
  const yaml = files.get('plant.yaml')!;
  const other = yaml.replaceAll('role: fee, budget', 'role: fee, answers: company, budget');
  const before = await live.db.rows('select team, tally::text as tally from team_months order by month, team');
  await live.teachModel(new Map([...files, ['plant.yaml', other]]), '2000-01-01', 1);
  expect(await live.db.rows('select team, tally::text as tally from team_months order by month, team')).not.toEqual(
    before,
  );
  await live.settle();
  expect(await findings()).toEqual([]);
});
