// How far rows of a point reach (docs/ledger.md), and which units cannot be settled apart.
import { describe, expect, test } from 'vitest';
import { settleSmall } from '../../test/small-plant.ts';
import { groupUnits, reachOfTouched, unitPoints } from '../statement.ts';

const { books, plant } = settleSmall({
  streams: {
    u: [
      'water: {role: output, unit: t, point: W, budget: 10 t/h}',
      'steam: {role: input, unit: t, point: S, standard: {water: 0.3}}',
      'heat: {role: input, unit: t, point: R, standard: {water: 0.1}}',
      'lime: {role: input, unit: t, point: F, standard: {water: 0.1}}',
      'tank: {role: stock, unit: t, point: L, quantity: level * 2 t/m, step: 0.1, makes: water, completion: 50 %}',
    ],
    v: [
      'mud: {role: output, unit: t, point: M, budget: 10 t/h}',
      'light: {role: input, unit: kWh, point: P1, standard: {mud: 1}}',
    ],
    x: [
      'sand: {role: output, unit: t, point: X, budget: 10 t/h}',
      'light: {role: input, unit: kWh, point: P2, standard: {sand: 1}}',
    ],
    y: ['salt: {role: output, unit: t, point: Y, budget: 10 t/h}'],
  },
  points: [
    'W: {kind: counter, unit: t, step: 0.1, gap: 3 h}',
    'S: {kind: counter, unit: t, step: 0.1, gap: 1 h}',
    'R: {kind: rate, unit: t/h, step: 0.1, gap: 3 h}',
    'F: {kind: manual, unit: t, step: 0.1, form: figure}',
    'L: {kind: level, unit: m, step: 0.1, gap: 9 h}',
    'M: {kind: counter, unit: t, step: 1}',
    'X: {kind: counter, unit: t, step: 1}',
    'Y: {kind: counter, unit: t, step: 1}',
    'K: {kind: counter, unit: kWh, step: 1}',
    'P1: {kind: share, of: K, by: keys, key: 1}',
    'P2: {kind: share, of: K, by: keys, key: 2}',
  ],
  prices: ['water 10', 'steam 5', 'heat 5', 'lime 5', 'mud 1', 'sand 1', 'salt 1', 'light 1'],
  readings: `W 00:00 0; W 02:00 20; W 04:00 40; W 06:00 60; W 08:00 80; W 10:00 100
    S 00:00 0; S 01:00 1; S 05:00 5; S 06:00 6; S 07:00 7; S 07:30 8; S 09:00 9
    R 00:00 1; R 03:00 1; L 01:00 1; L 07:00 2; F 03:00 4`,
});

const at = (clock: string): number => Date.parse(`2022-03-02T${clock}:00Z`);
const reach = (unit: string, ...rows: readonly (readonly [point: string, first: string, last: string])[]): string => {
  const touched = rows.map(([point, first, last]) => ({ point, first: at(first), last: at(last) }));
  const found = reachOfTouched(books, [plant.units.get(unit)!], touched);
  const clock = (ms: number): string => new Date(ms).toISOString().slice(5, 16).replace('T', ' ');
  return found ? `${clock(found.from)} – ${clock(found.to)}` : 'none';
};

describe('how far rows reach', () => {
  test.each([
    // between the readings before and after; the outages of S (01–05, 07:30–09) take in what they touch
    ['a boundary hangs on the readings beside it', [['S', '06:30', '06:30']], '03-02 06:00 – 03-02 07:00'],
    ['a row that stands already reaches to its neighbours', [['S', '06:00', '06:00']], '03-02 01:00 – 03-02 07:00'],
    ['several rows, from the first to the last', [['S', '06:10', '07:10']], '03-02 06:00 – 03-02 09:00'],
    ['an outage is split by all that happened in it', [['W', '02:30', '02:30']], '03-02 01:00 – 03-02 05:00'],
    ['what merely touches an outage takes it in', [['S', '05:30', '05:30']], '03-02 01:00 – 03-02 06:00'],
    ['before the first reading there is nothing to hang on', [['L', '00:30', '00:30']], '03-02 00:30 – 03-02 05:00'],
    ['after the last one neither', [['S', '10:00', '11:00']], '03-02 07:30 – 03-02 11:00'],
    ['a level reaches to the levels beside it', [['L', '06:10', '06:10']], '03-02 01:00 – 03-02 07:00'],
    ['a typed figure stands for itself', [['F', '06:30', '06:40']], '03-02 06:30 – 03-02 06:40'],
    ['an integral hangs on all of its month before it', [['R', '06:30', '06:30']], '03-02 01:00 – 04-02 00:00'],
    [
      'two points reach together',
      [
        ['F', '06:30', '06:40'],
        ['F', '06:10', '06:20'],
      ],
      '03-02 06:10 – 03-02 06:40',
    ],
    ['a point of another plant reaches nothing', [['Z', '06:30', '06:40']], 'none'],
    ['and no rows nothing', [], 'none'],
  ] as const)('%s', (_, rows, expected) => expect(reach('u', ...rows)).toBe(expected));

  test('an outage of a meter that another unit reads takes in nothing here', () => {
    expect(reach('y', ['W', '02:30', '02:30'])).toBe('03-02 02:00 – 03-02 04:00');
  });
});

describe('units that cannot be settled apart', () => {
  test('every point that a unit reads, through shares, stocks and flows', () => {
    const points = (unit: string): string[] => [...unitPoints(plant, plant.units.get(unit)!)].sort();
    expect(points('u')).toEqual(['F', 'L', 'R', 'S', 'W']);
    expect(points('v')).toEqual(['K', 'M', 'P1']);
  });

  test('a common meter joins them, under the name of the first', () => {
    expect([...groupUnits([plant])]).toEqual([
      ['u', 'u'],
      ['v', 'v'],
      ['x', 'v'],
      ['y', 'y'],
    ]);
  });

  test('what any version joins stays together, run hours, conditions and check meters with it', () => {
    const { plant: other } = settleSmall({
      streams: {
        u: ['water: {role: output, unit: t, flow: f, budget: 10 t/h}'],
        y: ['salt: {role: output, unit: t, point: Y, budget: 10 t/h}'],
        z: ['iron: {role: output, unit: t, point: I, budget: 10 t/h}'],
      },
      unit: '    hours run: {point: H}\n    conditions: {temp: {point: T, budget: 20 degC}}\n',
      more: 'flows: {f: {point: W, check: W2}}\n',
      points: [
        'W: {kind: counter, unit: t, step: 1}',
        'W2: {kind: counter, unit: t, step: 1}',
        'Y: {kind: counter, unit: t, step: 1}',
        'I: {kind: counter, unit: t, step: 1}',
        'H: {kind: counter, unit: h, step: 0.1}',
        'T: {kind: rate, unit: degC, step: 1}',
      ],
      prices: ['f transfer 1', 'water 1', 'salt 1', 'iron 1'],
      readings: 'W 00:00 0',
    });
    expect([...unitPoints(other, other.units.get('u')!)].sort()).toEqual(['H', 'T', 'W', 'W2']);
    expect(groupUnits([plant, other]).get('z')).toBe('u');
    expect(groupUnits([plant, other]).get('x')).toBe('v');
  });
});
