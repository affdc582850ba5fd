// The machine's clock is set back in the middle, by an hour and by a day: what comes later is later all the same.
import { expect, test } from 'vitest';
import { LogBuilder } from '../../src/readings.ts';
import { sealVouchers, versionsOf } from '../../src/store/vouchers.ts';
import { verifyLedger } from '../../src/work/verify.ts';
import { filesOf } from '../small-plant.ts';
import { LivePlant, recordIn } from '../work/live-plant.ts';

const FILES = filesOf({
  streams: [
    'water: {role: output, unit: t, point: W, budget: 10 t/h}',
    'steam: {role: input, unit: t, point: S, standard: {water: 0.3}}',
  ],
  points: ['W: {kind: counter, unit: t, step: 0.1, gap: 9 h}', 'S: {kind: counter, unit: t, step: 0.01, gap: 9 h}'],
  prices: ['water 10', 'steam 100'],
  readings: 'W 00:00 0',
});
const KEY = 'u/2022-03-02/夜';
const at = (text: string): number => Date.parse(`${text}Z`);

test.each([
  ['an hour', 3_600_000],
  ['a day', 86_400_000],
])('set back by %s', { timeout: 60_000 }, async (_, back) => {
  const live = await LivePlant.open(FILES, at('2022-03-02T08:05'));
  try {
    const read = async (time: string, steam: number): Promise<void> => {
      const log = new LogBuilder();
      log.add(live.plant.pointById.get('S')!.index, at(time), steam, 0, 0);
      await live.teach(log.take());
    };
    const water = new LogBuilder();
    for (const [time, steps] of [
      ['2022-03-02T00:00', 0],
      ['2022-03-02T08:00', 880],
    ] as const)
      water.add(live.plant.pointById.get('W')!.index, at(time), steps, 0, 0);
    await live.teach(water.take());
    await read('2022-03-02T00:00', 0);
    // Each says that the one before was wrong; at the second the clock goes back, at the last it has caught up again.
    const figures = [2400, 2500, 2450, 2600, 2300];
    const told: string[] = [];
    for (const [i, steam] of figures.entries()) {
      if (i === 1) await live.turnTo(at('2022-03-02T08:06') - back);
      if (i === 4) await live.turnTo(at('2022-03-02T08:30'));
      await read('2022-03-02T08:00', steam);
      expect((await live.settle()).map(({ posted }) => posted)).toEqual([1]);
      const [latest] = (await versionsOf(live.db, live.plantId, 'sheet', KEY)).slice(-1);
      told.push(JSON.parse(latest!.record).counted.quantities.steam);
    }
    expect(told).toEqual(['24.00', '25.00', '24.50', '26.00', '23.00']);
    // The order in which things became known is that of their instants.
    const versions = await versionsOf(live.db, live.plantId, 'sheet', KEY);
    const asOf = versions.map((one) => one.asOf);
    expect(asOf).toEqual([...new Set(asOf)].sort((a, b) => a - b));
    const learnt = await live.db.rows<{ learnt: number }>(
      'select learnt from arrivals where plant_id = $1 order by arrival',
      live.plantId,
    );
    expect(learnt.map((row) => row.learnt)).toEqual(learnt.map((row) => row.learnt).sort((a, b) => a - b));
    // Every view of the past is the one that was had then.
    for (const one of versions) {
      const books = await live.books(one.asOf);
      const shift = books
        .shiftsOn(live.plant.units.get('u')!, live.plant.zone.dayAt(at('2022-03-02T04:00')))
        .find(({ code }) => code === '夜')!;
      expect(recordIn(books, shift)).toBe(one.record);
    }
    await live.db.transaction((tx) => sealVouchers(tx, live.plantId));
    const { findings, settledAgain, unsealed } = await verifyLedger(live.db, live.plantId, 'p');
    expect({ findings, settledAgain, unsealed }).toEqual({ findings: [], settledAgain: figures.length, unsealed: 0 });
  } finally {
    await live.close();
  }
});

test('while the clock is back, shifts that ended stay ended, and none is settled before it ends', async () => {
  const live = await LivePlant.open(FILES, at('2022-03-02T08:05'));
  try {
    const log = new LogBuilder();
    for (const [point, time, steps] of [
      ['W', '00:00', 0],
      ['S', '00:00', 0],
      ['W', '08:00', 880],
      ['S', '08:00', 2400],
      ['W', '16:00', 1760],
      ['S', '16:00', 4800],
    ] as const)
      log.add(live.plant.pointById.get(point)!.index, at(`2022-03-02T${time}`), steps, 0, 0);
    await live.teach(log.take());
    await live.settle();
    await live.turnTo(at('2022-03-01T20:00'));
    expect((await live.settle()).map(({ posted }) => posted)).toEqual([0]);
    expect((await live.standings()).map(({ shift }) => shift)).toEqual(['夜']);
    await live.turnTo(at('2022-03-02T16:01'));
    await live.settle();
    expect((await live.standings()).map(({ shift }) => shift).sort()).toEqual(['夜', '早'].sort());
  } finally {
    await live.close();
  }
});
