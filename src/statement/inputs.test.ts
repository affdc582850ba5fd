// What was used and what was allowed (settling.md §5, §6): standards in force, bands of a tariff, mix groups, own stock.
import { describe, expect, test } from 'vitest';
import { DAY, type SmallPlant, settleSmall } from '../../test/small-plant.ts';
import { formatSteps } from '../quantity.ts';
import type { InputResult, Part } from './sheet.ts';

const WATER = 'water: {role: output, unit: t, point: W, budget: 10 t/h}';
const STEAM = 'steam: {role: input, unit: t, point: S, standard: {water: 0.1}}';
const W = 'W: {kind: batch, unit: t, step: 0.1}';
const S = 'S: {kind: counter, unit: t, step: 0.1, gap: 9 h}';
const plain: SmallPlant = {
  streams: [WATER, STEAM],
  points: [W, S],
  prices: ['water 10', 'steam 4'],
  readings: 'W 09:00 80; S 08:00 0; S 16:00 9',
};
const early = (more: Partial<SmallPlant>, day = DAY): Part =>
  settleSmall({ ...plain, ...more }, day).sheets.find(({ shift }) => shift.code === '早')!.counted!;
const input = (part: Part, id = 'steam'): InputResult => part.inputs.find((i) => i.stream.id === id)!;
/** `used allowed`, on the step of the stream. */
const told = (part: Part, id?: string): string => {
  const { used, allowed, stream } = input(part, id);
  return `${formatSteps(used, stream.step)} ${formatSteps(allowed.actual, stream.step)}`;
};

test('the standard in force on the accounting day', () => {
  const dated = STEAM.replace(
    '{water: 0.1}',
    '[{from: 2022-01-01, water: 0.2}, {from: 2022-03-02, water: 0.3}, {from: 2022-03-03, water: 0.4}]',
  );
  expect(told(early({ streams: [WATER, dated] }))).toBe('9.0 24.0');
  const later = STEAM.replace('{water: 0.1}', '[{from: 2022-03-03, water: 0.4}]');
  expect(told(early({ streams: [WATER, later] }))).toBe('9.0 0.0');
  expect(told(early({ streams: [WATER, 'steam: {role: input, unit: t, point: S}'] }))).toBe('9.0 0.0');
});

test('a missing input counts as what was allowed', () => {
  const part = early({ readings: 'W 09:00 80' });
  expect([told(part), input(part).quantity.basis]).toEqual(['8.0 8.0', 'missing']);
  expect(part.lines.find(({ key }) => key === 'usage.steam')).toMatchObject({ fen: 0, weakMs: 8 * 3_600_000 });
});

describe('received, less what went into its own store', () => {
  const stored = (readings: string): string => {
    const part = early({
      streams: [WATER, STEAM.replace('standard', 'less stock: {point: L, quantity: level * 2 t/m}, standard')],
      points: [W, S, 'L: {kind: level, unit: m, step: 0.1, gap: 3 h}'],
      readings: `W 09:00 80; ${readings}`,
    });
    const { quantity } = input(part);
    return `${quantity.steps === undefined ? '' : formatSteps(quantity.steps, input(part).stream.step)} ${quantity.basis} ${quantity.weakMs / 3_600_000}`.trim();
  };
  test.each<[string, string, string]>([
    ['measured', 'S 08:00 0; S 16:00 9; L 08:00 1; L 16:00 2', '7.0 measured 0'],
    ['the store guessed', 'S 08:00 0; S 16:00 9; L 05:00 1; L 10:00 2; L 16:00 2', '8.2 substituted 2'],
    ['the store missing', 'S 08:00 0; S 16:00 9; L 09:00 1', 'missing 8'],
    ['the meter missing', 'S 08:00 0; L 08:00 1; L 16:00 2', 'missing 8'],
    ['the meter guessed for longer', 'S 06:00 0; S 16:00 10; L 08:00 1; L 16:00 2', '8.0 substituted 8'],
  ])('%s', (_name, readings, result) => expect(stored(readings)).toBe(result));
});

describe('by the bands of a tariff', () => {
  const bands = (
    more: Partial<SmallPlant>,
    tariff = 'bands: {peak: ["08:00-10:00"], night: ["22:00-02:00"], flat: other}',
  ): string[] => {
    const part = early({
      more: `tariffs: {tou: {${tariff}}}\n`,
      streams: [WATER, STEAM.replace('standard', 'bands: tou, standard')],
      prices: ['water 10', 'steam.peak 4', 'steam.night 1', 'steam.flat 2'],
      readings: 'W 09:00 80; S 08:00 0; S 10:00 4; S 16:00 9',
      ...more,
    });
    const { stream, bands: found } = input(part);
    return found.map(
      ({ band, used, allowed }) =>
        `${band} ${formatSteps(used, stream.step)} ${formatSteps(allowed.actual, stream.step)}`,
    );
  };
  const GUESSED = { readings: 'W 09:00 80; S 08:00 0; S 16:00 9', points: [W, S.replace('9 h', '1 h')] };
  test('used as measured at their edges, allowed by hours and profile; every band has its line', () => {
    expect(bands({})).toEqual(['peak 4.0 2.0', 'night 0.0 0.0', 'flat 5.0 6.0']);
    const profile = 'bands: {peak: ["08:00-10:00"], flat: other}, profile: {peak: 3, flat: 1}';
    expect(bands({ prices: ['water 10', 'steam.peak 4', 'steam.flat 2'] }, profile)).toEqual([
      'peak 4.0 4.0',
      'flat 5.0 4.0',
    ]);
    const none = profile.replace('peak: 3, flat: 1', 'peak: 0, flat: 0');
    expect(bands({ prices: ['water 10', 'steam.peak 4', 'steam.flat 2'] }, none)).toEqual([
      'peak 4.0 2.0',
      'flat 5.0 6.0',
    ]);
  });
  test('where an edge was not measured, used by hours', () => {
    expect(bands(GUESSED)).toEqual(['peak 2.3 2.0', 'night 0.0 0.0', 'flat 6.7 6.0']);
  });
  test('missing: as allowed', () => {
    expect(bands({ readings: 'W 09:00 80; S 08:00 0' })).toEqual(['peak 2.0 2.0', 'night 0.0 0.0', 'flat 6.0 6.0']);
  });
  test('less its own stock: by hours', () => {
    const more = {
      streams: [
        WATER,
        STEAM.replace('standard', 'bands: tou, less stock: {point: L, quantity: level * 2 t/m}, standard'),
      ],
      points: [W, S, 'L: {kind: level, unit: m, step: 0.1, gap: 9 h}'],
      readings: 'W 09:00 80; S 08:00 0; S 10:00 4; S 16:00 9; L 08:00 1; L 16:00 1.5',
    };
    expect(bands(more)).toEqual(['peak 2.0 2.0', 'night 0.0 0.0', 'flat 6.0 6.0']);
  });
  test('of the part that counts', () => {
    const tables = { 'exclusions.csv': `id,unit,from,to,reason\nx,u,${DAY} 09:00,${DAY} 12:00,trip\n` };
    const readings = 'W 08:30 50; W 09:00 30; S 08:00 0; S 09:00 3; S 10:00 4; S 12:00 5; S 16:00 9';
    // One hour of peak, four of flat; 50 t made.
    expect(bands({ tables, readings })).toEqual(['peak 3.0 1.0', 'night 0.0 0.0', 'flat 4.0 4.0']);
  });
  test('over midnight', () => {
    const { sheets } = settleSmall({
      ...plain,
      more: 'tariffs: {tou: {bands: {night: ["22:00-02:00"], flat: other}}}\n',
      streams: [WATER, STEAM.replace('standard', 'bands: tou, standard')],
      prices: ['water 10', 'steam.night 1', 'steam.flat 2'],
      readings: 'S 00:00 0; S 02:00 1; S 08:00 3; S 16:00 3; S 22:00 7; S 2022-03-03 00:00 12',
    });
    const used = sheets.map(({ counted }) => input(counted!).bands.map((b) => b.used));
    expect(used).toEqual([
      [10, 20],
      [0, 0],
      [50, 40],
    ]);
  });
});

describe('a mix group', () => {
  const group = (a: string, b: string, readings: string, steps = ['0.1', '0.1']): string[] => {
    const part = early({
      streams: [
        WATER,
        `a: {role: input, unit: t, point: A, mix: m, ${a}}`,
        `b: {role: input, unit: t, point: B, mix: m, ${b}}`,
        STEAM,
      ],
      points: [W, S, `A: {kind: manual, unit: t, step: ${steps[0]}}`, `B: {kind: manual, unit: t, step: ${steps[1]}}`],
      prices: ['water 10', 'steam 4', 'a 1', 'b 1'],
      readings: `W 09:00 80; S 08:00 0; S 16:00 9; ${readings}`,
    });
    expect(input(part).mix).toBeUndefined();
    return ['a', 'b'].map((id) => {
      const { mix } = input(part, id);
      return mix ? formatSteps(mix.steps, mix.step) : '-';
    });
  };
  const [TENTH, THIRD] = ['standard: {water: 0.1}', 'standard: {water: 0.3}'];
  test('its total at the mix that is allowed', () => {
    expect(group(TENTH, THIRD, 'A 09:00 10; B 09:00 20')).toEqual(['7.5', '22.5']);
  });
  test('in the greatest common step of its members', () => {
    expect(group(TENTH, THIRD, 'A 09:00 10; B 09:00 20.4', ['0.2', '0.3'])).toEqual(['7.6', '22.8']);
  });
  test('what is allowed less than nothing has no share', () => {
    expect(group('standard: {water: -0.1}', THIRD, 'A 09:00 10; B 09:00 20')).toEqual(['0.0', '30.0']);
  });
  test('is not split when nothing was allowed or one is missing', () => {
    expect(group('standard: {water: 0}', 'standard: {water: 0}', 'A 09:00 10; B 09:00 20')).toEqual(['-', '-']);
    expect(group(TENTH, THIRD, 'A 09:00 10')).toEqual(['-', '-']);
  });
});
