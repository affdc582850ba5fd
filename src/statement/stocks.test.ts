// What a stock is worth and the margin in it (settling.md §6, §7): listed, or standard cost and a share of what it will earn.
import { describe, expect, test } from 'vitest';
import { DAY, type SmallPlant, settleSmall } from '../../test/small-plant.ts';
import { formatRatio, formatSteps } from '../quantity.ts';
import type { Part } from './sheet.ts';

const WATER = 'water: {role: output, unit: t, point: W, budget: 10 t/h}';
const STEAM = 'steam: {role: input, unit: t, point: S, standard: {water: 0.5, tank: 0.2, per hour run: 9}}';
const TANK =
  'tank: {role: stock, unit: t, point: L, quantity: level * 2 t/m, step: 0.001, makes: water, completion: 50 %}';
const POINTS = [
  'W: {kind: batch, unit: t, step: 0.1}',
  'S: {kind: batch, unit: t, step: 0.1}',
  'L: {kind: level, unit: m, step: 0.01, gap: 9 h}',
];
const plain: SmallPlant = {
  streams: [WATER, STEAM, TANK],
  points: POINTS,
  prices: ['water 10', 'steam 4'],
  readings: 'W 09:00 80; S 09:00 40; L 08:00 1; L 16:00 3',
};
const early = (more: Partial<SmallPlant>, asOf?: number): Part =>
  settleSmall({ ...plain, ...more }, DAY, asOf).sheets.find(({ shift }) => shift.code === '早')!.counted!;
/** `price margin`, or what is told when there is none. */
const worth = (more: Partial<SmallPlant>, asOf?: number): string => {
  const { stocks, complete, notices } = early(more, asOf);
  const [{ price, margin }] = stocks as [Part['stocks'][number]];
  if (!complete) return notices.map(({ code, stream, args }) => [code, stream, args?.item ?? ''].join(' ')).join(', ');
  return `${formatSteps(price, { size: { n: 1n, d: 10_000n }, places: 4 })} ${formatRatio(margin, 4)}`;
};
const priceRows = (...rows: string[]): Record<string, string> => ({
  'prices.csv': [
    'item,kind,from,price,recorded_at',
    'water,plan,2022-01-01,10,',
    'steam,plan,2022-01-01,4,',
    ...rows,
  ].join('\n'),
});

describe('the price of a stock', () => {
  // Cost 0.2 × 4 = 0.8; what it makes earns 10 − 0.5 × 4 = 8, half of it done: 4.8. The fixed part is not in it.
  test.each<[string, Partial<SmallPlant>, string]>([
    ['computed', {}, '4.8000 4.0000'],
    ['of the share that is done', { streams: [WATER, STEAM, TANK.replace('50', '25')] }, '2.8000 2.0000'],
    ['listed', { tables: priceRows('tank,plan,2022-01-01,3,') }, '3.0000 2.2000'],
    ['listed, but not yet in force', { tables: priceRows('tank,plan,2022-03-03,3,') }, 'no-price tank tank'],
    ['another kind of price is no listing', { tables: priceRows('tank,actual,2022-01-01,3,') }, '4.8000 4.0000'],
    [
      'a by-product earns',
      {
        streams: [WATER, STEAM, 'mud: {role: by-product, unit: t, point: S, standard: {water: 0.1, tank: 0.3}}', TANK],
        prices: [...plain.prices, 'mud 1'],
      },
      // Cost 0.8 − 0.3; 10 − 2 + 0.1: half of 8.1
      '4.5500 4.0500',
    ],
    [
      'at the budget’s load and conditions',
      {
        unit: '    conditions: {temp: {point: T, budget: 20 degC}}\n',
        streams: [
          WATER,
          'steam: {role: input, unit: t, point: S, standard: {water: {formula: "IF(temp > 25 degC, 9, 0.5)"}, tank: {curve: load, at: {5: 0.1, 15: 0.3}}}}',
          TANK,
        ],
        points: [...POINTS, 'T: {kind: rate, unit: degC, step: 0.1}'],
        readings: `${plain.readings}; T 08:00 30; T 16:00 30`,
      },
      '4.8000 4.0000',
    ],
    [
      'an input whose price is not known stands in its way',
      { streams: [WATER, STEAM, 'gas: {role: input, unit: t, point: S, standard: {tank: 1}}', TANK] },
      'no-price gas gas',
    ],
    [
      'counted by a completion point: all of the margin',
      {
        streams: [WATER, STEAM, TANK.replace('50 %', 'DONE')],
        points: [...POINTS, 'DONE: {kind: level, unit: "%", step: 1, gap: 9 h}'],
        readings: `${plain.readings}; DONE 08:00 50; DONE 16:00 50`,
      },
      '8.8000 8.0000',
    ],
    [
      'of an input by bands: their mean over a nominal day, by profile and hours',
      {
        more: 'tariffs: {tou: {bands: {peak: ["08:00-12:00"], none: ["12:00-14:00"], flat: other}, profile: {peak: 3, none: 0}}}\n',
        streams: [
          WATER,
          'steam: {role: input, unit: t, point: S, bands: tou, standard: {water: 0.5, tank: 0.2}}',
          TANK,
        ],
        prices: ['water 10', 'steam.peak 6', 'steam.flat 2', 'steam.none 1'],
        // (4 × 3 × 6 + 18 × 2) ÷ (12 + 18) = 3.6: cost 0.72, margin half of 10 − 1.8
      },
      '4.8200 4.1000',
    ],
    [
      'a band without use needs no price for it',
      {
        more: 'tariffs: {tou: {bands: {night: ["00:00-02:00"], flat: other}, profile: {night: 0}}}\n',
        streams: [
          WATER,
          'steam: {role: input, unit: t, point: S, bands: tou, standard: {water: 0.5, tank: 0.2}}',
          TANK,
        ],
        prices: ['water 10', 'steam.flat 4'],
      },
      '4.8000 4.0000',
    ],
    [
      'a band with use does, even where the part has no time in it',
      {
        more: 'tariffs: {tou: {bands: {night: ["00:00-02:00"], flat: other}}}\n',
        streams: [
          WATER,
          'steam: {role: input, unit: t, point: S, bands: tou, standard: {water: 0.5, tank: 0.2}}',
          TANK,
        ],
        prices: ['water 10', 'steam.flat 4'],
      },
      'no-price tank tank',
    ],
  ])('%s', (_name, more, told) => expect(worth(more)).toBe(told));

  test('listed means listed as known', () => {
    const tables = priceRows('tank,plan,2022-01-01,3,2022-03-05 00:00');
    expect(worth({ tables })).toBe('3.0000 2.2000');
    expect(worth({ tables }, Date.UTC(2022, 2, 4, 23))).toBe('4.8000 4.0000');
    expect(worth({ tables }, Date.UTC(2022, 2, 5))).toBe('3.0000 2.2000');
  });
});

describe('its change', () => {
  const change = (more: Partial<SmallPlant>): string => {
    const { steps, basis, weakMs } = early(more).stocks[0]!.change;
    return [steps === undefined ? '' : steps / 1000, basis, weakMs / 3_600_000].join(' ').trim();
  };
  const SLURRY =
    'tank: {role: stock, unit: t, point: L, with: {dense: D}, quantity: level * dense * 2 m², step: 0.001, makes: water, completion: 50 %}';
  const DENSE = 'D: {kind: level, unit: t/m³, step: 0.1, gap: 1 h}';
  test.each<[string, Partial<SmallPlant>, string]>([
    ['measured', {}, '4 measured 0'],
    [
      'between readings, on the step of the level',
      { readings: 'L 07:00 1; L 11:00 1.15; L 16:00 3' },
      '3.92 measured 0',
    ],
    [
      'over a gap: substituted',
      { points: POINTS.map((p) => p.replace('9 h', '3 h')), readings: 'L 07:00 1; L 11:00 5; L 16:00 3' },
      '2 substituted 3',
    ],
    ['outside its readings: missing', { readings: 'L 09:00 1; L 16:00 3' }, 'missing 8'],
    [
      'of two points, the worse',
      {
        streams: [WATER, STEAM, SLURRY],
        points: [...POINTS, DENSE],
        readings: 'L 08:00 1; L 16:00 3; D 06:00 1; D 10:00 2; D 16:00 2',
      },
      '9 substituted 2',
    ],
    [
      'missing when either is',
      { streams: [WATER, STEAM, SLURRY], points: [...POINTS, DENSE], readings: 'L 08:00 1; L 16:00 3; D 08:00 1' },
      'missing 8',
    ],
    [
      'times a measured completion',
      {
        streams: [WATER, STEAM, TANK.replace('50 %', 'DONE')],
        points: [...POINTS, 'DONE: {kind: level, unit: "%", step: 1, gap: 9 h}'],
        readings: 'L 08:00 1; L 16:00 3; DONE 08:00 50; DONE 16:00 25',
      },
      '0.5 measured 0',
    ],
    [
      'missing without it',
      {
        streams: [WATER, STEAM, TANK.replace('50 %', 'DONE')],
        points: [...POINTS, 'DONE: {kind: level, unit: "%", step: 1, gap: 9 h}'],
      },
      'missing 8',
    ],
    [
      'missing where its formula divides by nothing',
      { streams: [WATER, STEAM, TANK.replace('level * 2 t/m', '2 t * m / level')], readings: 'L 08:00 0; L 16:00 3' },
      'missing 8',
    ],
  ])('%s', (_name, more, told) => expect(change(more)).toBe(told));

  test('missing counts as none, and is told', () => {
    const part = early({ readings: 'W 09:00 80; S 09:00 40' });
    expect(part.stocks[0]?.steps).toBe(0);
    expect(part.notices).toEqual([{ code: 'missing-quantity', stream: 'tank', point: 'L' }]);
  });
});
