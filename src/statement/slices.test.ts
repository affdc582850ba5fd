// Allowed quantities over slices and stages (settling.md §5): the plant clock's grain, given conditions, orders and mixes.
import { describe, expect, test } from 'vitest';
import { DAY, type SmallPlant, settleSmall } from '../../test/small-plant.ts';
import { formatSteps } from '../quantity.ts';
import type { Allowed, Part } from './sheet.ts';

const WATER = 'water: {role: output, unit: t, point: W, budget: 20 t/h}';
const CURVE = '{curve: load, at: {10: 0.2, 30: 0.4}}';
const steam = (standard: string): string => `steam: {role: input, unit: t, point: S, standard: {${standard}}}`;
const GRAINED = steam(`water: ${CURVE}, grain: 4 h`);
const W = 'W: {kind: counter, unit: t, step: 0.1, gap: 4 h}';
const S = 'S: {kind: batch, unit: t, step: 0.1}';
const plain: SmallPlant = {
  streams: [WATER, GRAINED],
  points: [W, S],
  prices: ['water 10', 'steam 4'],
  // 10 t/h, then 30 t/h: 40 × 0.2 + 120 × 0.4 = 56; in one slice 160 × 0.3 = 48
  readings: 'W 08:00 0; W 12:00 40; W 16:00 160; S 09:00 50',
};
const early = (more: Partial<SmallPlant>): Part =>
  settleSmall({ ...plain, ...more }).sheets.find(({ shift }) => shift.code === '早')!.counted!;
const allowed = (more: Partial<SmallPlant>, stage: keyof Allowed = 'actual', stream = 'steam'): string => {
  const input = early(more).inputs.find((i) => i.stream.id === stream)!;
  return formatSteps(input.allowed[stage], input.stream.step);
};
const codes = (more: Partial<SmallPlant>): string[] => early(more).notices.map(({ code }) => code);

describe('a standard with a grain', () => {
  const fails = 'grain-without-value';
  const HOURS = '    hours run: {point: RUN}\n';
  const TEMP = '    conditions: {temp: {point: T, budget: 20 degC}}\n';
  const [RUN, T] = [
    'RUN: {kind: counter, unit: h, step: 0.1, gap: 1 h}',
    'T: {kind: level, unit: degC, step: 1, gap: 1 h}',
  ];
  const READS = steam(`water: {formula: "IF(temp > 5 degC, 0.2, 0.3) + (load - 10 t/h) / 100 t/h"}, grain: 4 h`);
  test.each<[string, Partial<SmallPlant>, string, boolean]>([
    ['is asked cell by cell', {}, '56.0', true],
    ['without one the part is one slice', { streams: [WATER, steam(`water: ${CURVE}`)] }, '48.0', true],
    [
      'its cells lie on the plant clock: 08–09, 09–12, 12–15, 15–16',
      {
        // 20 × 0.3 + 80 × 0.36667 + 30 × 0.2 + 30 × 0.4
        streams: [WATER, steam(`water: ${CURVE}, grain: 3 h`)],
        readings: 'W 08:00 0; W 09:00 20; W 12:00 100; W 15:00 130; W 16:00 160; S 09:00 50',
      },
      '53.3',
      true,
    ],
    [
      'falls back where an output it names was not measured',
      { readings: 'W 08:00 0; W 13:00 40; W 16:00 160; S 09:00 50' },
      '48.0',
      false,
    ],
    [
      'not for one that it does not name',
      {
        unit: '    load: water\n',
        streams: [WATER, 'oil: {role: output, unit: t, point: O, budget: 1 t/h}', GRAINED],
        points: [W, S, 'O: {kind: counter, unit: t, step: 1, gap: 9 h}'],
        prices: [...plain.prices, 'oil 1'],
        readings: `${plain.readings}; O 08:00 0; O 16:00 8`,
      },
      '56.0',
      true,
    ],
    [
      'but for the load output, if it reads the load',
      {
        unit: '    load: oil\n',
        streams: [WATER, 'oil: {role: output, unit: t, point: O, budget: 20 t/h}', GRAINED],
        points: [W, S, 'O: {kind: counter, unit: t, step: 1, gap: 1 h}'],
        prices: [...plain.prices, 'oil 1'],
        readings: `${plain.readings}; O 07:30 0; O 08:30 20; O 15:30 160; O 16:30 180`,
      },
      '48.0',
      false,
    ],
    [
      'where hours run were not measured',
      { unit: HOURS, points: [W, S, RUN], readings: `${plain.readings}; RUN 08:00 0; RUN 16:00 8` },
      '48.0',
      false,
    ],
    [
      'with them, by the hours of each cell, at most its length',
      { unit: HOURS, points: [W, S, RUN], readings: `${plain.readings}; RUN 08:00 0; RUN 12:00 2; RUN 16:00 7` },
      '60.0',
      true,
    ],
    [
      'where a level it reads was not measured',
      {
        unit: TEMP,
        streams: [WATER, READS],
        points: [W, S, T],
        readings: `${plain.readings}; T 08:00 9; T 11:00 9; T 13:00 9; T 16:00 9`,
      },
      '48.0',
      false,
    ],
    [
      'not where it does not read it',
      { unit: TEMP, points: [W, S, T], readings: `${plain.readings}; T 08:00 9; T 16:00 9` },
      '56.0',
      true,
    ],
    [
      'nor for a rate it reads',
      {
        unit: TEMP,
        streams: [WATER, READS],
        points: [W, S, 'T: {kind: rate, unit: degC, step: 1, gap: 1 h}'],
        readings: `${plain.readings}; T 08:00 9; T 08:30 9`,
      },
      '56.0',
      true,
    ],
    [
      'where a stock it names was not measured',
      {
        streams: [
          WATER,
          steam(`water: ${CURVE}, tank: 1, grain: 4 h`),
          'tank: {role: stock, unit: t, point: L, quantity: level * 1 t/m, step: 0.1, makes: water, completion: 50 %}',
        ],
        points: [W, S, 'L: {kind: level, unit: m, step: 0.1, gap: 1 h}'],
        readings: `${plain.readings}; L 08:00 1; L 16:00 3`,
      },
      '50.0',
      false,
    ],
    [
      'with it, the change of each cell',
      {
        streams: [
          WATER,
          steam(`water: 0.1, tank: {formula: "load / 10 t/h"}, grain: 4 h`),
          'tank: {role: stock, unit: t, point: L, quantity: level * 1 t/m, step: 0.1, makes: water, completion: 50 %}',
        ],
        points: [W, S, 'L: {kind: level, unit: m, step: 0.1, gap: 4 h}'],
        // 16 + 1 × 2 + 3 × (−1)
        readings: `${plain.readings}; L 08:00 1; L 12:00 3; L 16:00 2`,
      },
      '15.0',
      true,
    ],
  ])('%s', (_name, more, told, holds) => {
    expect(allowed(more)).toBe(told);
    expect(codes(more).includes(fails)).toBe(!holds);
  });

  test('cuts what exclusions leave, in time elapsed since midnight', () => {
    const more: Partial<SmallPlant> = {
      readings: 'W 08:00 0; W 10:00 20; W 11:00 50; W 12:00 60; W 16:00 180; S 09:00 50',
      tables: { 'exclusions.csv': `id,unit,from,to,reason\nx,u,${DAY} 10:00,${DAY} 11:00,trip\n` },
    };
    // 20 + 10 t in 3 h: 10 t/h at 0.2; 120 t at 0.4
    expect(allowed(more)).toBe('54.0');
    expect(early(more).inputs[0]?.slices).toHaveLength(2);
  });
});

describe('the stages', () => {
  const ORDER = { 'orders.csv': `id,unit,from,to,rate,recorded_at\no,u,${DAY} 08:00,${DAY} 12:00,5 t/h,\n` };
  test('of a grain: the budget by the length of each cell, limits and orders in the cells where they act', () => {
    const more = { tables: ORDER };
    // B·H 80 and 80 t at 20 t/h: 0.3. B′ 20 t at 5 t/h: 0.2, and 80 t. Q̂: 20 t ordered of the first 40.
    expect(allowed(more, 'budget')).toBe('48.0');
    expect(allowed(more, 'limited')).toBe('28.0');
    expect(allowed(more, 'ordered')).toBe('52.0');
    expect(allowed(more, 'mixed')).toBe('52.0');
    expect(allowed(more, 'outputs')).toBe('56.0');
  });
  test('without one: over the whole part', () => {
    const more = { streams: [WATER, steam(`water: ${CURVE}`)], tables: ORDER };
    // B′ 100 t at 12.5 t/h: 0.225; Q̂ 140 t at 17.5 t/h: 0.275
    expect([allowed(more, 'budget'), allowed(more, 'limited'), allowed(more, 'ordered')]).toEqual([
      '48.0',
      '22.5',
      '38.5',
    ]);
  });
  test('the excess over an order is split over its cells by what was made there', () => {
    const more = {
      tables: { 'orders.csv': `id,unit,from,to,rate,recorded_at\no,u,${DAY} 08:00,${DAY} 16:00,15 t/h,\n` },
    };
    // 40 t over 120, by 40 : 120: Q̂ 30 t at 7.5 t/h (0.2) and 90 t at 22.5 t/h (0.325): 35.25
    expect(allowed(more, 'ordered')).toBe('35.2');
  });
  test('the budget side in hours of the part, the actual side in hours run', () => {
    const more: Partial<SmallPlant> = {
      unit: '    hours run: {point: RUN}\n',
      streams: [WATER, steam('per hour run: 2')],
      points: [W, S, 'RUN: {kind: counter, unit: h, step: 0.1, gap: 9 h}'],
      readings: `${plain.readings}; RUN 08:00 0; RUN 16:00 6`,
    };
    const at = (['budgetGiven', 'budget', 'limited', 'mixed', 'ordered', 'outputs', 'actual'] as const).map((s) =>
      allowed(more, s),
    );
    expect(at).toEqual(['16.0', '16.0', '16.0', '12.0', '12.0', '12.0', '12.0']);
  });
  test('a product group at the budget’s mix, cell by cell', () => {
    const mixed: Partial<SmallPlant> = {
      unit: '    load: water\n',
      streams: [
        'water: {role: output, unit: t, point: W, budget: 15 t/h, mix: m}',
        'oil: {role: output, unit: t, point: O, budget: 5 t/h, mix: m}',
        steam('water: 0.1, oil: 0.5, grain: 4 h'),
      ],
      points: [W, S, 'O: {kind: counter, unit: t, step: 1, gap: 4 h}'],
      prices: [...plain.prices, 'oil 1'],
      readings: `${plain.readings}; O 08:00 0; O 12:00 40; O 16:00 40`,
    };
    // Made 160 and 40 t: 16 + 20. At 3 : 1 of 200 t: 150 and 50: 15 + 25.
    expect([allowed(mixed, 'ordered'), allowed(mixed, 'mixed')]).toEqual(['36.0', '40.0']);
    expect(early(mixed).outputs.map((o) => [o.mixedSteps, o.mixedStep.places])).toEqual([
      [1500, 1],
      [500, 1],
    ]);
  });
});

describe('a given condition is', () => {
  /** The mean temperature of the shift by what the standard made of it: 1 t per degree. */
  const mean =
    (point: string, readings: string, more: Partial<SmallPlant> = {}) =>
    (): string =>
      allowed({
        unit: '    conditions: {temp: {point: T, budget: 20 degC}}\n',
        streams: ['water: {role: output, unit: t, point: O}', steam('water: {formula: "temp / 1 degC", step: 0.001}')],
        points: ['O: {kind: batch, unit: t, step: 1}', 'S: {kind: batch, unit: t, step: 0.001}', point],
        readings: `O 09:00 1; S 09:00 1; ${readings}`,
        ...more,
      });
  const RATE = 'T: {kind: rate, unit: degC, step: 0.1, gap: 4 h}';
  const LEVEL = 'T: {kind: level, unit: degC, step: 0.1, gap: 4 h}';
  const SAMPLE = 'T: {kind: sample, unit: degC, step: 0.1}';
  const X = (from: string, to: string): Record<string, string> => ({
    'exclusions.csv': `id,unit,from,to,reason\nx,u,${DAY} ${from},${DAY} ${to},trip\n`,
  });
  const samples = (...rows: string[]): Record<string, string> => ({
    'samples.csv': ['id,point,time,value,from,to', ...rows.map((row, i) => `${i},T,${row}`)].join('\n'),
  });
  test.each<[string, () => string, string]>([
    ['of a rate the average of the covered time', mean(RATE, 'T 08:00 10; T 12:00 30'), '20.000'],
    ['rounded to its step', mean(RATE, 'T 08:00 10; T 12:00 10.1; T 16:00 10.1'), '10.100'],
    ['of a rate without data the budget', mean(RATE, 'T 05:00 10'), '20.000'],
    ['of a level the mean of both ends', mean(LEVEL, 'T 08:00 10; T 12:00 99; T 16:00 20'), '15.000'],
    [
      'of a level in two pieces, by their length',
      mean(LEVEL, 'T 08:00 10; T 12:00 20; T 14:00 40; T 16:00 40', { tables: X('12:00', '14:00') }),
      '23.300',
    ],
    ['of a level without an end the budget', mean(LEVEL, 'T 08:00 10; T 12:00 99'), '20.000'],
    [
      'of samples the mean of those of the part',
      mean(SAMPLE, '', {
        tables: samples(`${DAY} 07:59,99,,`, `${DAY} 08:00,10,,`, `${DAY} 15:59,13,,`, `${DAY} 16:00,99,,`),
      }),
      '11.500',
    ],
    [
      'composites too, wherever they overlap it',
      mean(SAMPLE, '', {
        tables: samples(`${DAY} 17:00,10,${DAY} 15:00,${DAY} 17:00`, `${DAY} 17:00,99,${DAY} 16:00,${DAY} 17:00`),
      }),
      '10.000',
    ],
    ['without a sample the budget', mean(SAMPLE, ''), '20.000'],
  ])('%s', (_name, found, told) => expect(found()).toBe(told));
});
