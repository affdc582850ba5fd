// The hash of a sheet's inputs: whatever the sheet rests on changes it, what it does not rest on and the order of rows do not.
import { describe, expect, test } from 'vitest';
import { DAY, type SmallPlant, settleSmall } from '../../test/small-plant.ts';
import { hashInputs } from './fingerprint.ts';
import type { Sheet } from './sheet.ts';

const READINGS = `W 05:00 0; W 07:00 10; W 12:00 40; W 17:00 80; W 19:00 99; S 09:00 8; RUN 08:00 0; RUN 16:00 8
  L 08:00 1; L 16:00 1; T 08:00 20; T 16:00 20; OTHER 09:00 1`;
const plain: SmallPlant = {
  unit: '    hours run: {point: RUN}\n    conditions: {temp: {point: T, budget: 20 degC}}\n',
  streams: {
    u: [
      'water: {role: output, unit: t, point: F, budget: 10 t/h}',
      'steam: {role: input, unit: t, point: S, standard: {water: 0.1}}',
      'tank: {role: stock, unit: t, point: L, quantity: level * 1 t/m, step: 0.1, makes: water, completion: 50 %}',
      'q: {role: quality, of: water, point: Q, premium: (value - 1) * 1 yuan/t, step: 0.01}',
      'wash: {role: fee, budget: 1 yuan/h}',
    ],
    v: ['made: {role: output, unit: t, point: OTHER}', 'wash: {role: fee, budget: 1 yuan/h}'],
  },
  points: [
    'F: {kind: formula, unit: t, step: 0.1, quantity: 1 * W}',
    'W: {kind: counter, unit: t, step: 0.1, rollover: 1000, greatest rate: 100 t/h}',
    'S: {kind: batch, unit: t, step: 0.1}',
    'RUN: {kind: counter, unit: h, step: 0.1}',
    'T: {kind: rate, unit: degC, step: 0.1}',
    'L: {kind: level, unit: m, step: 0.1}',
    'Q: {kind: sample, unit: "1", step: 0.1}',
    'OTHER: {kind: batch, unit: t, step: 0.1}',
  ],
  prices: ['water 10', 'steam 4', 'made 1'],
  readings: READINGS,
};
const hash = (small: SmallPlant, asOf?: number): string => {
  const { sheets, books } = settleSmall(small, DAY, asOf);
  return hashInputs(books, sheets.find(({ shift }) => shift.code === '早' && shift.unit === 'u') as Sheet);
};
const plainHash = (): string => hash(plain);

const readings = (from: string, to: string): Partial<SmallPlant> => {
  expect(READINGS).toContain(from);
  return { readings: READINGS.replace(from, to) };
};
const table = (name: string, header: string, ...rows: string[]): Partial<SmallPlant> => ({
  tables: { [`${name}.csv`]: [header, ...rows].join('\n') },
});
const ORDER = 'id,unit,from,to,rate,recorded_at';
const EXCLUSION = 'id,unit,from,to,reason';
const FEE = 'id,unit,stream,time,amount';
const SAMPLE = 'id,point,time,value,from,to';
const REPLACEMENT = 'id,point,time,old_final,new_first';

test('it says what it is', () => expect(plainHash()).toMatch(/^sha256:[0-9a-f]{64}$/));

describe('moves with', () => {
  test.each<[string, Partial<SmallPlant>]>([
    ['the text of the plant', { prices: ['water 11', 'steam 4', 'made 1'] }],
    ['a reading in the shift', readings('W 12:00 40', 'W 12:00 41')],
    ['its instant', readings('W 12:00 40', 'W 12:01 40')],
    ['its quality', readings('W 12:00 40', 'W 12:00 40 uncertain')],
    ['the last before it', readings('W 07:00 10', 'W 07:00 11')],
    ['the first after it', readings('W 17:00 80', 'W 17:00 81')],
    ['hours run', readings('RUN 16:00 8', 'RUN 16:00 7')],
    ['a condition', readings('T 16:00 20', 'T 16:00 21')],
    ['a stock', readings('L 16:00 1', 'L 16:00 2')],
    ['an order', table('orders', ORDER, `o,u,${DAY} 07:00,${DAY} 09:00,5 t/h,`)],
    ['an order around it', table('orders', ORDER, `o,u,2022-03-01 00:00,2022-03-03 09:00,5 t/h,`)],
    ['an exclusion', table('exclusions', EXCLUSION, `x,u,${DAY} 15:00,${DAY} 19:00,trip`)],
    ['a fee', table('fees', FEE, `f,u,wash,${DAY} 10:00,3`)],
    ['a sample', table('samples', SAMPLE, `a,Q,${DAY} 10:00,1.1,,`)],
    ['a composite into it', table('samples', SAMPLE, `a,Q,2022-03-03 18:00,1.1,${DAY} 06:00,${DAY} 09:00`)],
    ['a replaced meter', table('replacements', REPLACEMENT, `R,W,${DAY} 11:00,35,35`)],
  ])('%s', (_name, more) => expect(hash({ ...plain, ...more })).not.toBe(plainHash()));

  test('what its order, exclusion or fee says', () => {
    const of = (more: Partial<SmallPlant>): string => hash({ ...plain, ...more });
    const pairs: [Partial<SmallPlant>, Partial<SmallPlant>][] = ['5', '6'].map((figure) => [
      table('orders', ORDER, `o,u,${DAY} 07:00,${DAY} 09:00,${figure} t/h,`),
      table('fees', FEE, `f,u,wash,${DAY} 10:00,${figure}`),
    ]) as [Partial<SmallPlant>, Partial<SmallPlant>][];
    const [five, six] = pairs.map((list) => list.map(of));
    expect(five?.[0]).not.toBe(six?.[0]);
    expect(five?.[1]).not.toBe(six?.[1]);
  });

  test('how far a running shift has come', () => {
    const batch: SmallPlant = {
      streams: ['made: {role: output, unit: t, point: B}'],
      points: ['B: {kind: batch, unit: t, step: 1}'],
      prices: ['made 1'],
      readings: 'B 09:00 1',
    };
    expect(hash(batch, Date.UTC(2022, 2, 2, 12))).not.toBe(hash(batch, Date.UTC(2022, 2, 2, 13)));
  });
});

describe('stays with', () => {
  test.each<[string, Partial<SmallPlant>]>([
    ['the order of the rows', { readings: READINGS.split(/[;\n]/).reverse().join(';') }],
    ['a reading given twice', { readings: `${READINGS}; W 12:00 40` }],
    ['readings farther off', readings('W 05:00 0', 'W 05:00 1')],
    ['readings farther ahead', readings('W 19:00 99', 'W 19:00 98')],
    ["another unit's meter", readings('OTHER 09:00 1', 'OTHER 09:00 2')],
    ["another unit's order", table('orders', ORDER, `o,v,${DAY} 07:00,${DAY} 09:00,5 t/h,`)],
    ["another unit's exclusion", table('exclusions', EXCLUSION, `x,v,${DAY} 15:00,${DAY} 19:00,trip`)],
    ["another unit's fee", table('fees', FEE, `f,v,wash,${DAY} 10:00,3`)],
    ['an order that ended before', table('orders', ORDER, `o,u,${DAY} 07:00,${DAY} 08:00,5 t/h,`)],
    ['one that begins after', table('orders', ORDER, `o,u,${DAY} 16:00,${DAY} 18:00,5 t/h,`)],
    ['an exclusion that ended before', table('exclusions', EXCLUSION, `x,u,${DAY} 07:00,${DAY} 08:00,trip`)],
    ['a fee of another week', table('fees', FEE, 'f,u,wash,2022-03-09 10:00,3')],
    ['a sample of another week', table('samples', SAMPLE, 'a,Q,2022-03-09 10:00,1.1,,')],
    ['a meter replaced on another day', table('replacements', REPLACEMENT, 'R,W,2022-03-04 11:00,200,200')],
  ])('%s', (_name, more) => expect(hash({ ...plain, ...more })).toBe(plainHash()));

  test('the order of facts', () => {
    const rows = [
      `a,u,${DAY} 07:00,${DAY} 09:00,5 t/h,`,
      `b,u,${DAY} 10:00,${DAY} 11:00,6 t/h,`,
      `c,u,${DAY} 12:00,${DAY} 13:00,7 t/h,`,
    ];
    const of = (list: string[]): string => hash({ ...plain, ...table('orders', ORDER, ...list) });
    expect(of([...rows].reverse())).toBe(of(rows));
    expect(of([rows[1]!, rows[2]!, rows[0]!])).toBe(of(rows));
  });
});
