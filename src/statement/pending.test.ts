// What a sheet still waits for, and between what its gain may still end: by what the same team earned on the same line, per
// hour, elsewhere.
import { describe, expect, test } from 'vitest';
import { DAY, type SmallPlant, settleSmall } from '../../test/small-plant.ts';
import { type Pending, pendingOf } from './pending.ts';
import type { Sheet } from './sheet.ts';

const DAYS = ['2022-03-01', DAY, '2022-03-03', '2022-03-04'];
// Crew B works 夜 of the 1st, 早 of the 2nd, 中 of the 3rd, 夜 of the 4th; every shift makes 80 t, which is the budget.
const water = DAYS.flatMap((day) => ['07:00', '15:00', '23:00'].map((time) => `W ${day} ${time} 80`)).join('; ');
const plant = (readings: string, more: Partial<SmallPlant> = {}): SmallPlant => ({
  unit: '    load set by: crew\n',
  streams: [
    'water: {role: output, unit: t, point: W, budget: 10 t/h}',
    'steam: {role: input, unit: t, point: S, standard: {water: 0.1}}',
    'wash: {role: fee, budget: 1 yuan/h}',
  ],
  points: ['W: {kind: batch, unit: t, step: 1}', 'S: {kind: manual, unit: t, step: 0.1}'],
  prices: ['water 10', 'steam 4'],
  readings: `${water}; ${readings}`,
  ...more,
});

/** The pending lines of the early shift of the 2nd against all sheets of four days. */
function pending(small: SmallPlant, choose: (sheet: Sheet) => boolean = () => true): Pending {
  const all = DAYS.flatMap((day) => settleSmall(small, day).sheets);
  const sheet = all.find(({ shift }) => shift.code === '早' && shift.crew === 'B') as Sheet;
  return pendingOf(sheet, all.filter(choose));
}
const line = (key: string, leastFen?: number, mostFen?: number) => ({
  key,
  stream: key.split('.')[1],
  leastFen,
  mostFen,
});

describe('a figure that nobody typed', () => {
  // Allowed 8 t a shift at 4 yuan. B used 7 (+4 yuan) and 10 (−8 yuan); the crew's other lines of the day are the fee's 8 yuan.
  const history = 'S 2022-03-01 01:00 7; S 2022-03-03 17:00 10';

  test('may bring what it brought before, from the least to the most', () => {
    expect(pending(plant(history))).toEqual({ lines: [line('usage.steam', -800, 400)], gainFrom: 0, gainTo: 1200 });
  });

  test('once typed, leaves nothing to wait for', () => {
    expect(pending(plant(`${history}; S ${DAY} 09:00 6`))).toEqual({ lines: [], gainFrom: 1600, gainTo: 1600 });
  });

  test('has no range when its team has no history of it', () => {
    const none = { lines: [line('usage.steam')], gainFrom: undefined, gainTo: undefined };
    expect(pending(plant(history), () => false)).toEqual(none);
    expect(pending(plant(history), ({ team }) => team !== 'u/B')).toEqual(none);
    // Another shift of the team that lacks the figure too tells nothing of it.
    expect(pending(plant('S 2022-03-02 01:00 7; S 2022-03-02 17:00 9'))).toEqual(none);
  });

  test('in fewer hours may bring less: rates per hour count', () => {
    // 中 of the 3rd counts only its first 4 h: allowed 0.1 × 80, used 10: −8 yuan in 4 h are −16 in 8.
    const cut = plant(
      'S 2022-03-01 01:00 0.875; S 2022-03-01 08:00 0 bad; S 2022-03-03 16:00 2.5; S 2022-03-03 20:00 0 bad',
      {
        points: [
          'W: {kind: batch, unit: t, step: 1}',
          'S: {kind: rate, unit: t/h, step: 0.001, between: step, gap: 8 h}',
        ],
        readings: `${water.replace('2022-03-03 23:00', '2022-03-03 19:00')}; S 2022-03-01 00:00 0.875; S 2022-03-01 08:00 0 bad; S 2022-03-03 16:00 2.5; S 2022-03-03 20:00 0 bad`,
        tables: { 'exclusions.csv': 'id,unit,from,to,reason\nx,u,2022-03-03 20:00,2022-03-04 00:00,trip\n' },
      },
    );
    expect(pending(cut).lines).toEqual([line('usage.steam', -1600, 400)]);
  });

  test('of another unit, of an incomplete sheet or half guessed: not counted', () => {
    const two = plant(`${history}; S2 2022-03-01 01:00 1; S2 2022-03-03 17:00 1`, {
      streams: {
        u: plant('').streams as string[],
        v: [
          'water: {role: output, unit: t, point: W, budget: 10 t/h}',
          'steam: {role: input, unit: t, point: S2, standard: {water: 0.1}}',
        ],
      },
      points: [...plant('').points, 'S2: {kind: manual, unit: t, step: 0.1}'],
      more: 'teams: {both: {crew: B, units: [u, v]}}\n',
    });
    expect(pending(two).lines).toEqual([line('usage.steam', -800, 400)]);
    const blind = plant(history, {
      readings: `${water.replace('2022-03-03 23:00 80', '2022-03-03 23:00 80 bad')}; ${history}`,
    });
    expect(pending(blind).lines).toEqual([line('usage.steam', 400, 400)]);
  });
});

test('a sample that has not come is waited for, and a sheet without output waits for nothing that has a range', () => {
  const sampled = plant(DAYS.map((day) => `S ${day} 01:00 8; S ${day} 09:00 8; S ${day} 17:00 8`).join('; '), {
    streams: [
      ...(plant('').streams as string[]),
      'q: {role: quality, of: water, point: Q, premium: (value - 1) * 1 yuan/t, step: 0.01}',
    ],
    points: [...plant('').points, 'Q: {kind: sample, unit: "1", step: 0.1}'],
    tables: { 'samples.csv': 'id,point,time,value\na,Q,2022-03-01 01:00,1.1\nb,Q,2022-03-03 17:00,1.4\n' },
  });
  expect(pending(sampled)).toEqual({ lines: [line('quality.q', 800, 3200)], gainFrom: 1600, gainTo: 4000 });
  const nothing = { lines: [], gainFrom: undefined, gainTo: undefined };
  expect(pending(plant(`S ${DAY} 09:00 8; W ${DAY} 12:00 0 bad`))).toEqual(nothing);
  const excluded = { 'exclusions.csv': `id,unit,from,to,reason\nx,u,${DAY} 08:00,${DAY} 16:00,trip\n` };
  expect(pending(plant('', { tables: excluded }))).toEqual(nothing);
});
