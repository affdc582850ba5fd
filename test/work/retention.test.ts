// Readings past retention go, and the ledger still stands: sheets, views of the past and verification, which says what it rests on.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LogBuilder } from '../../src/readings.ts';
import { Database } from '../../src/store/database.ts';
import { closeMonth, holdMonths } from '../../src/store/months.ts';
import { sealVouchers } from '../../src/store/vouchers.ts';
import { retireBefore } from '../../src/work/retire.ts';
import { verifyLedger } from '../../src/work/verify.ts';
import { Windows } from '../../src/work/window.ts';
import { filesOf } from '../small-plant.ts';
import { LivePlant } from './live-plant.ts';

const MINUTE = 60_000;
const FIRST = Date.parse('2022-03-01T00:00:00Z');
const FILES = filesOf({
  streams: [
    'water: {role: output, unit: t, point: W, budget: 10 t/h}',
    'steam: {role: input, unit: t, point: S, standard: {water: 0.3}}',
  ],
  points: ['W: {kind: counter, unit: t, step: 0.1, gap: 2 h}', 'S: {kind: counter, unit: t, step: 0.01, gap: 2 h}'],
  prices: ['water 10', 'steam 100'],
  readings: 'W 00:00 0',
});
let live: LivePlant;

beforeAll(async () => {
  live = await LivePlant.open(FILES, FIRST);
  const log = new LogBuilder();
  for (let at = 0; at <= 3 * 24 * 60; at += 10) {
    log.add(0, FIRST + at * MINUTE, at * 2, 0, 0);
    log.add(1, FIRST + at * MINUTE, at * 5, 0, 0);
  }
  await live.plants.refresh(live.db);
  await live.turnTo(FIRST + 4 * 24 * 60 * MINUTE);
  await live.teach(log.take());
  await live.settle();
  const late = new LogBuilder();
  late.add(1, FIRST + 490 * MINUTE, 2400, 0, 0);
  await live.teach(late.take());
  // Off the hour: a cut-off that falls on the very instant would be either before or after it.
  await live.turnTo(Date.parse('2022-05-02T00:30:00Z'));
  await live.settle();
  await live.db.transaction((tx) => sealVouchers(tx, live.plantId));
});
afterAll(() => live?.close());

const count = async (table: string): Promise<number> =>
  (await live.db.rows<{ count: number }>(`select count(*) as count from ${table}`))[0]!.count;

test('an open month keeps its readings', async () => {
  const { months, open } = await retireBefore(live.db, live.plants, '2022-05');
  expect([months, open]).toEqual([[], ['2022-03']]);
});

test('closed, what lies between the shifts goes, and edges and corrections stay', async () => {
  for (const month of ['2022-02', '2022-03', '2022-04'])
    await live.db.transaction(async (tx) => {
      await holdMonths(tx, live.plantId, true);
      await closeMonth(tx, live.plantId, month, Date.now(), undefined, 'test');
    });
  const before = await count('readings');
  const { months } = await retireBefore(live.db, live.plants, '2022-05');
  expect(months).toEqual([{ month: '2022-03', gone: before }]);
  expect(await count('readings')).toBe(0);
  // Ten edges of nine shifts and two meters, and the instant that was corrected with both of its rows.
  expect(await count('kept_readings')).toBe(2 * 10 + 2);
  expect((await retireBefore(live.db, live.plants, '2022-05')).months).toEqual([]);
  await expect(live.db.rows('delete from kept_readings')).rejects.toThrow(/permission denied/);
});

test('settled again from what was kept, no sheet is other than it stands', async () => {
  const again = await live.settle(new Windows());
  expect(again.map(({ posted, proposed }) => [posted, proposed])).toEqual(again.map(() => [0, 0]));
});

test('verification rests on quantities, says so, and still finds a changed one', async () => {
  const verified = await verifyLedger(live.db, live.plantId, 'p');
  expect(verified.findings).toEqual([]);
  expect(verified.fromQuantities).toBeGreaterThan(9);
  const owner = new Database({ url: live.url, connectionsMax: 1 });
  try {
    await owner.rows('alter table vouchers disable trigger all');
    await owner.rows(`update vouchers set record = replace(record, '"steam":"24.00"', '"steam":"25.00"')
      where key = 'u/2022-03-01/夜' and version = 1`);
    const { findings } = await verifyLedger(live.db, live.plantId, 'p');
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['voucher-hash', 'quantities-differ']));
  } finally {
    await owner.close();
  }
});
