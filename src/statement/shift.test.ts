// How far a shift can be told and whether it is settled (settling.md §9), and how exclusions cut it (§3).
import { describe, expect, test } from 'vitest';
import { DAY, type SmallPlant, settleSmall } from '../../test/small-plant.ts';
import { formatUtc } from '../plant.ts';
import type { Sheet } from './sheet.ts';
import { pointsOf } from './shift.ts';

const at = (time: string, day = DAY): number => Date.parse(`${day}T${time}:00Z`);
const early = (small: SmallPlant, asOf?: number): Sheet =>
  settleSmall(small, DAY, asOf).sheets.find(({ shift }) => shift.code === '早')!;
const clock = (instant: number): string => formatUtc(instant).slice(11, 16);

const WATER = 'water: {role: output, unit: t, point: W, budget: 10 t/h}';
const STEAM = 'steam: {role: input, unit: t, point: S, standard: {water: 0.1}}';
const TANK =
  'tank: {role: stock, unit: t, point: L, quantity: level * 1 t/m, step: 0.1, makes: water, completion: 50 %}';
const BATCH = ['W: {kind: batch, unit: t, step: 0.1}', 'S: {kind: batch, unit: t, step: 0.1}'];
const plain: SmallPlant = {
  streams: [WATER, STEAM],
  points: BATCH,
  prices: ['water 10', 'steam 4'],
  readings: 'W 09:00 80; S 09:00 8',
};
const with_ = (more: Partial<SmallPlant>): SmallPlant => ({ ...plain, ...more });
const steamBy = (point: string, more: Partial<SmallPlant> = {}): SmallPlant =>
  with_({ points: [BATCH[0]!, point], ...more });

describe('a running shift is told up to the earliest last reading of its meters', () => {
  /** `through hours` as of 12:00. */
  const draft = (small: SmallPlant): string => {
    const sheet = early(small, at('12:00'));
    expect(sheet.state).toBe('draft');
    expect(sheet.excluded).toBeUndefined();
    const { n, d } = sheet.counted?.hours ?? { n: 0n, d: 1n };
    return `${clock(sheet.through)} ${Number(n) / Number(d)}`;
  };
  const COUNTER = 'S: {kind: counter, unit: t, step: 0.1}';
  test.each<[string, SmallPlant, string]>([
    ['batches and typed figures: up to now', steamBy('S: {kind: manual, unit: t, step: 0.1}'), '12:00 4'],
    ['a counter', steamBy(COUNTER, { readings: 'W 09:00 80; S 08:00 0; S 11:00 3' }), '11:00 3'],
    ['a rate', steamBy('S: {kind: rate, unit: t/h, step: 0.1}', { readings: 'S 08:00 1; S 10:30 1' }), '10:30 2.5'],
    [
      'of the earliest',
      with_({
        streams: [WATER, STEAM, TANK],
        points: [BATCH[0]!, COUNTER, 'L: {kind: level, unit: m, step: 0.1}'],
        readings: 'S 08:00 0; S 11:00 3; L 08:00 1; L 10:00 1',
      }),
      '10:00 2',
    ],
    [
      'bad levels and rates are as if not there',
      with_({
        streams: [WATER, TANK],
        points: [BATCH[0]!, 'L: {kind: level, unit: m, step: 0.1}'],
        readings: 'L 08:00 1; L 09:00 1; L 10:00 1 bad',
      }),
      '09:00 1',
    ],
    [
      'a counter that is typed does not hold it back',
      steamBy('S: {kind: manual, form: counter, unit: t, step: 0.1}', { readings: 'W 09:00 80; S 08:00 0; S 11:00 3' }),
      '12:00 4',
    ],
    [
      'a replaced meter is as good as read',
      steamBy(COUNTER, {
        readings: 'W 09:00 80; S 08:00 0; S 11:00 3',
        tables: { 'replacements.csv': `id,point,time,old_final,new_first\nR,S,${DAY} 11:30,4,0\n` },
      }),
      '11:30 3.5',
    ],
    [
      'not read since it began: nothing yet',
      steamBy(COUNTER, { readings: 'W 09:00 80; S 07:00 0; S 08:00 0' }),
      '08:00 0',
    ],
    ['never read: nothing yet', steamBy(COUNTER, { readings: 'W 09:00 80' }), '08:00 0'],
  ])('%s', (_name, small, told) => expect(draft(small)).toBe(told));

  test('nothing yet, nothing said', () => {
    const sheet = early(steamBy('S: {kind: counter, unit: t, step: 0.1}', { readings: 'W 09:00 80' }), at('12:00'));
    expect([sheet.counted, sheet.excluded, sheet.notices]).toEqual([undefined, undefined, []]);
  });
});

describe('an ended shift', () => {
  const quality = 'q: {role: quality, of: water, point: Q, premium: (value - 1) * 1 yuan/t, step: 0.01}';
  const counter = (id: string): string => `${id}: {kind: counter, unit: t, step: 0.1}`;
  const EXCLUDED = (from: string, to: string): Record<string, string> => ({
    'exclusions.csv': `id,unit,from,to,reason\nx,u,${DAY} ${from},${DAY} ${to},trip\n`,
  });
  test.each<[string, SmallPlant, string]>([
    ['with everything', plain, 'final'],
    ['without a price', with_({ prices: ['water 10'] }), 'provisional'],
    ['without an output', with_({ points: [counter('W'), BATCH[1]!], readings: 'S 09:00 8' }), 'provisional'],
    ['without an input', with_({ points: [BATCH[0]!, counter('S')], readings: 'W 09:00 80' }), 'provisional'],
    [
      'without a stock',
      with_({
        streams: [WATER, TANK],
        points: [BATCH[0]!, 'L: {kind: level, unit: m, step: 0.1}'],
        readings: 'W 09:00 80',
      }),
      'provisional',
    ],
    [
      'without a sample',
      with_({
        streams: [WATER, quality],
        points: [BATCH[0]!, 'Q: {kind: sample, unit: "1", step: 0.1}'],
        readings: 'W 09:00 80',
      }),
      'provisional',
    ],
    [
      'without one in the part that does not count',
      with_({
        streams: [WATER, quality],
        points: [BATCH[0]!, 'Q: {kind: sample, unit: "1", step: 0.1}'],
        readings: 'W 09:00 80',
        tables: EXCLUDED('08:00', '16:00'),
      }),
      'final',
    ],
    [
      'without an input there',
      with_({ points: [BATCH[0]!, counter('S')], readings: 'W 09:00 80', tables: EXCLUDED('08:00', '16:00') }),
      'provisional',
    ],
  ])('%s', (_name, small, state) => {
    expect(early(small, at('16:00')).state).toBe(state);
    // Whatever is missing, past the cut-off of 72 h it is final.
    expect(early(small, at('16:00', '2022-03-05')).state).toBe(state);
    expect(early(small, at('16:01', '2022-03-05')).state).toBe('final');
    expect(early(small).state).toBe('final');
  });

  test('is a draft until its last instant', () => {
    expect(early(plain, at('16:00') - 1).state).toBe('draft');
    expect(early(plain, at('16:00') - 1).through).toBe(at('16:00') - 1);
  });
});

describe('an exclusion', () => {
  /** `counted hours, excluded hours`. */
  const hours = (small: SmallPlant): string => {
    const { counted, excluded } = early(small);
    return [counted, excluded].map((p) => (p ? String(Number(p.hours.n) / Number(p.hours.d)) : '-')).join(' ');
  };
  const exclusions = (...rows: string[]): Record<string, string> => ({
    'exclusions.csv': [
      'id,unit,from,to,reason',
      ...rows.map((row, i) => `x${i},u,${DAY} ${row.replace(' ', `,${DAY} `)},trip`),
    ].join('\n'),
  });
  const cut = (from: string, to: string, more: Partial<SmallPlant> = {}): SmallPlant =>
    with_({ ...more, tables: exclusions(`${from} ${to}`) });
  const COUNTER = 'S: {kind: counter, unit: t, step: 0.1, gap: 1 h}';
  const READ = 'W 09:00 80; S 08:00 0; S 10:00 2; S 11:00 3; S 16:00 8';

  test.each<[string, SmallPlant, string]>([
    ['cuts what has no edge to be read', cut('10:00', '11:30'), '6.5 1.5'],
    ['cuts where a counter was read', cut('10:00', '11:00', { points: [BATCH[0]!, COUNTER], readings: READ }), '7 1'],
    [
      'takes all when one edge was not read',
      cut('10:00', '12:00', { points: [BATCH[0]!, COUNTER], readings: READ }),
      '- 8',
    ],
    [
      'needs none at the end of the shift',
      cut('11:00', '20:00', { points: [BATCH[0]!, COUNTER], readings: READ }),
      '3 5',
    ],
    [
      'nor at its beginning',
      cut('06:00', '11:00', { points: [BATCH[0]!, COUNTER], readings: READ.replace('S 08:00 0; ', '') }),
      '5 3',
    ],
    [
      'needs none of a rate',
      cut('10:00', '12:00', { points: [BATCH[0]!, 'S: {kind: rate, unit: t/h, step: 0.1}'], readings: 'W 09:00 80' }),
      '6 2',
    ],
    [
      'takes all of typed figures',
      cut('10:00', '12:00', { points: [BATCH[0]!, 'S: {kind: manual, unit: t, step: 0.1}'] }),
      '- 8',
    ],
    [
      'needs one of a level',
      cut('10:00', '12:00', {
        streams: [WATER, TANK],
        points: [BATCH[0]!, 'L: {kind: level, unit: m, step: 0.1, gap: 1 h}'],
        readings: 'W 09:00 80; L 08:00 1; L 10:00 1; L 16:00 1',
      }),
      '- 8',
    ],
    [
      'of the store of an input',
      cut('10:00', '12:00', {
        streams: [WATER, STEAM.replace('standard', 'less stock: {point: L, quantity: level * 1 t/m}, standard')],
        points: [...BATCH, 'L: {kind: level, unit: m, step: 0.1, gap: 1 h}'],
      }),
      '- 8',
    ],
    [
      'of what is under a share and a formula',
      cut('10:00', '12:00', {
        points: [
          BATCH[0]!,
          'S: {kind: share, of: F, by: keys, key: 1}',
          'F: {kind: formula, unit: t, step: 0.1, quantity: 1 * M}',
          'M: {kind: counter, unit: t, step: 0.1, gap: 1 h}',
        ],
        readings: 'W 09:00 80',
      }),
      '- 8',
    ],
    [
      'of a measured completion',
      cut('10:00', '12:00', {
        streams: [WATER, TANK.replace('50 %', 'A')],
        points: [
          BATCH[0]!,
          'L: {kind: level, unit: m, step: 0.1, gap: 9 h}',
          'A: {kind: level, unit: "%", step: 0.1, gap: 1 h}',
        ],
        readings: 'W 09:00 80; L 08:00 1; L 16:00 1',
      }),
      '- 8',
    ],
    [
      'not of hours run and conditions',
      cut('10:00', '12:00', {
        unit: '    hours run: {point: RUN}\n    conditions: {temp: {point: T, budget: 20 degC}}\n',
        points: [...BATCH, 'RUN: {kind: counter, unit: h, step: 0.1}', 'T: {kind: level, unit: degC, step: 0.1}'],
      }),
      '6 2',
    ],
  ])('%s', (_name, small, told) => expect(hours(small)).toBe(told));

  test('joined with others that touch or overlap it', () => {
    const small = with_({ tables: exclusions('10:00 11:00', '11:00 12:00', '10:30 11:30', '14:00 15:00') });
    expect(early(small).excluded?.intervals.map((p) => `${clock(p.from)}-${clock(p.to)}`)).toEqual([
      '10:00-12:00',
      '14:00-15:00',
    ]);
    expect(hours(small)).toBe('5 3');
  });

  test('of another unit is nothing to this one', () => {
    const two = { ...cut('10:00', '11:00'), streams: { u: plain.streams as string[], v: [WATER] } };
    const { sheets } = settleSmall(two);
    expect(sheets.filter((s) => s.shift.unit === 'v').every((s) => s.excluded === undefined)).toBe(true);
  });
});

test('the points of a unit: its streams’ own, and through flows, shares, formulas and stocks', () => {
  const { plant } = settleSmall({
    streams: {
      u: [
        'water: {role: output, unit: t, flow: l}',
        STEAM.replace('standard', 'less stock: {point: L, quantity: level * 1 t/m}, standard'),
        'tank: {role: stock, unit: t, point: K, with: {dense: D}, quantity: level * dense * 1 m², step: 0.1, makes: water, completion: A}',
        'wash: {role: fee, budget: 1 yuan/h}',
      ],
    },
    more: 'flows: {l: {point: W, check: V}}\n',
    points: [
      BATCH[0]!,
      'V: {kind: batch, unit: t, step: 0.1}',
      'S: {kind: share, of: F, by: keys, key: 1}',
      'F: {kind: formula, unit: t, step: 0.1, quantity: M + N}',
      'M: {kind: batch, unit: t, step: 0.1}',
      'N: {kind: batch, unit: t, step: 0.1}',
      ...['L: {kind: level, unit: m, step: 0.1}', 'K: {kind: level, unit: m, step: 0.1}'],
      ...['D: {kind: level, unit: t/m³, step: 0.1}', 'A: {kind: level, unit: "%", step: 0.1}'],
    ],
    prices: ['water transfer 10', 'steam 4'],
    readings: '',
  });
  const ids = pointsOf(plant, plant.units.get('u')!).map((point) => point.id);
  expect(ids).toEqual(['W', 'S', 'F', 'M', 'N', 'L', 'K', 'D', 'A']);
});
