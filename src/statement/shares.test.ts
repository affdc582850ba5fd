// What is split because nobody measured the parts (settling.md §2): an outage over the shifts it touches, a common meter over
// its share points.
import { describe, expect, test } from 'vitest';
import { DAY, type SmallPlant, settleSmall } from '../../test/small-plant.ts';
import { formatSteps } from '../quantity.ts';
import type { Part } from './sheet.ts';

/** `quantity basis weak hours` of a stream in each shift of a unit: counted part, then the excluded one. */
function told(small: SmallPlant, stream = 'steam', unit = 'u', asOf?: number): string[] {
  const { sheets } = settleSmall(small, DAY, asOf);
  const one = (part: Part | undefined): string[] => {
    const found = [...(part?.inputs ?? []), ...(part?.outputs ?? [])].find((x) => x.stream.id === stream);
    if (!found) return [];
    const { steps, basis, weakMs } = found.quantity;
    const quantity = steps === undefined ? '' : formatSteps(steps, found.stream.step);
    return [[quantity, basis, weakMs === 0 ? '' : `${weakMs / 3_600_000} h`].join(' ').trim()];
  };
  return sheets.filter(({ shift }) => shift.unit === unit).flatMap((s) => [...one(s.counted), ...one(s.excluded)]);
}

describe('an outage', () => {
  // 25 t between 06:00 and 18:00. Water 0, 80 and 20 t in the three shifts: allowed 0, 8, 2 t → 0, 20, 5; by time 4, 17, 4.
  const WATER = 'water: {role: output, unit: t, point: W}';
  const STEAM = 'steam: {role: input, unit: t, point: S, standard: {water: 0.1}}';
  const POINTS = ['W: {kind: counter, unit: t, step: 0.1, gap: 1 h}', 'S: {kind: counter, unit: t, step: 1, gap: 1 h}'];
  const READINGS = 'W 06:00 100; W 08:00 100; W 16:00 180; W 18:00 200; S 00:00 0; S 00:59 0; S 06:00 0; S 18:00 25';
  const plain: SmallPlant = {
    streams: [WATER, STEAM],
    points: POINTS,
    prices: ['water 10', 'steam 4'],
    readings: READINGS.replace('S 00:00 0; S 00:59 0; ', ''),
  };
  const early = (small: SmallPlant, stream?: string): string | undefined => told(small, stream)[1];
  const with_ = (more: Partial<SmallPlant>): SmallPlant => ({ ...plain, ...more });
  const [ALLOWED, TIME] = ['20 substituted 8 h', '17 substituted 8 h'];

  test.each<[string, Partial<SmallPlant>, string]>([
    ['by what was allowed', {}, ALLOWED],
    ['of a by-product too', { streams: [WATER, STEAM.replace('input', 'by-product')] }, ALLOWED],
    ['by time without a standard', { streams: [WATER, 'steam: {role: input, unit: t, point: S}'] }, TIME],
    [
      'by time when another stream has the point',
      { streams: [WATER, STEAM, STEAM.replace('steam', 'other')], prices: [...plain.prices, 'other 1'] },
      TIME,
    ],
    [
      'by time when another stream reaches the point through a formula',
      {
        streams: [WATER, STEAM, 'other: {role: input, unit: t, point: F}'],
        points: [...POINTS, 'F: {kind: formula, unit: t, step: 1, quantity: 2 * S}'],
        prices: [...plain.prices, 'other 1'],
      },
      TIME,
    ],
    [
      'by time when the output was not measured everywhere',
      { readings: plain.readings.replace('W 06:00 100; ', '') },
      TIME,
    ],
    ['by time when it was not measured itself', { readings: plain.readings.replace('W 08:00 100; ', '') }, TIME],
    ['by time when nothing was allowed', { readings: plain.readings.replace(/W (..):00 \d+/g, 'W $1:00 100') }, TIME],
    ['by what a fixed part allows', { streams: [WATER, STEAM.replace('water: 0.1', 'per hour run: 1')] }, TIME],
    [
      'not by an output that the standard does not name',
      {
        streams: [WATER, 'oil: {role: output, unit: t, point: O}', STEAM],
        points: [...POINTS, 'O: {kind: counter, unit: t, step: 1}'],
        prices: [...plain.prices, 'oil 1'],
      },
      ALLOWED,
    ],
    [
      'by the load output when the standard reads the load',
      {
        unit: '    load: oil\n',
        streams: [
          WATER,
          'oil: {role: output, unit: t, point: O}',
          STEAM.replace('0.1', '{formula: "0.1 + 0 * (load / 1 t/h)"}'),
        ],
        points: [...POINTS, 'O: {kind: counter, unit: t, step: 1}'],
        prices: [...plain.prices, 'oil 1'],
      },
      TIME,
    ],
    [
      'by hours run where they are measured',
      {
        unit: '    hours run: {point: RUN}\n',
        streams: [WATER, STEAM.replace('water: 0.1', 'per hour run: 1')],
        points: [...POINTS, 'RUN: {kind: counter, unit: h, step: 0.1}'],
        readings: `${plain.readings}; RUN 06:00 0; RUN 08:00 2; RUN 16:00 2.5; RUN 18:00 4.5`,
      },
      // 2, 0.5 → on a step 0 (half to even), 2: of 25 t none fell into 早
      '0 substituted 8 h',
    ],
    [
      'by time when hours run are missing',
      {
        unit: '    hours run: {point: RUN}\n',
        streams: [WATER, STEAM.replace('water: 0.1', 'per hour run: 1')],
        points: [...POINTS, 'RUN: {kind: counter, unit: h, step: 0.1}'],
        readings: `${plain.readings}; RUN 06:00 0; RUN 16:00 2.5; RUN 18:00 4.5`.replace('RUN 06:00 0; ', ''),
      },
      TIME,
    ],
  ])('%s', (_name, more, quantity) => expect(early(with_(more))).toBe(quantity));

  test('in pieces in order of time, the whole of it told; measured before and after', () => {
    const long = with_({ readings: `${READINGS}; S 19:00 26; S 20:00 27; S 24:00 27` });
    const { sheets } = settleSmall(long);
    expect(sheets.map((s) => s.counted?.inputs[0]?.quantity.steps)).toEqual([0, 20, 7]);
    expect(told(long)).toEqual(['0 substituted 2 h', '20 substituted 8 h', '7 substituted 2 h']);
  });

  test('at a running shift’s end there is an edge; elsewhere inside there is none', () => {
    const at = Date.UTC(2022, 2, 2, 20);
    const open = with_({
      streams: [WATER, STEAM],
      points: [...POINTS],
      readings: `${plain.readings}; W 20:00 220; S 20:00 29`,
    });
    expect(told(open, 'steam', 'u', at)[2]).toBe('9 substituted 2 h');
    const cut = with_({
      tables: { 'exclusions.csv': `id,unit,from,to,reason\nx,u,${DAY} 10:00,${DAY} 11:00,trip\n` },
    });
    // No value of S at 10:00: all of the shift is excluded.
    expect(told(cut)[1]).toBe('20 substituted 8 h');
    expect(settleSmall(cut).sheets[1]?.counted).toBeUndefined();
  });
});

describe('a share', () => {
  const WATER = 'water: {role: output, unit: t, point: W}';
  const two = (by: [string, string], more: Partial<SmallPlant> = {}): SmallPlant => ({
    streams: [
      WATER,
      'steam: {role: input, unit: t, point: S1, standard: {water: 0.1}}',
      'other: {role: input, unit: t, point: S2, price: steam, standard: {water: 0.3}}',
    ],
    points: [
      'W: {kind: batch, unit: t, step: 0.1}',
      'M: {kind: counter, unit: t, step: 1, gap: 1 h}',
      `S1: {kind: share, of: M, ${by[0]}}`,
      `S2: {kind: share, of: M, ${by[1]}}`,
    ],
    prices: ['water 10', 'steam 4'],
    readings: 'W 09:00 80; M 08:00 0; M 12:00 50; M 16:00 100',
    ...more,
  });
  const early = (small: SmallPlant, stream: string, unit?: string): string | undefined => told(small, stream, unit)[1];
  const KEYS: [string, string] = ['by: keys, key: 3', 'by: keys, key: 1'];
  const BOTH: [string, string] = ['by: allowed', 'by: allowed'];

  test.each<[string, SmallPlant, string, string]>([
    ['by keys', two(KEYS), '75 shared', '25 shared'],
    ['by what was allowed', two(BOTH), '25 shared', '75 shared'],
    ['by keys unless all say allowed', two(['by: allowed, key: 1', 'by: keys, key: 4']), '20 shared', '80 shared'],
    [
      'the step left over to the larger remainder',
      two(['by: keys, key: 2', 'by: keys, key: 1']),
      '67 shared',
      '33 shared',
    ],
    ['missing with its meter', two(KEYS, { readings: 'W 09:00 80; M 08:00 0' }), 'missing 8 h', 'missing 8 h'],
    [
      'equally, where a driver is missing',
      two(BOTH, { readings: 'W 09:00 80 bad; M 08:00 0; M 12:00 50; M 16:00 101' }),
      '51 shared',
      '50 shared',
    ],
    [
      'equally, where nothing was allowed',
      two(BOTH, {
        readings: 'M 08:00 0; M 08:30 9; M 15:30 90; M 16:00 99',
        points: two(BOTH).points.map((p) => p.replace('1 h', '9 h')),
      }),
      '50 shared',
      '49 shared',
    ],
    [
      'equally, where two streams rest on one share',
      two(BOTH, {
        streams: [
          ...(two(BOTH).streams as string[]),
          'third: {role: input, unit: t, point: S1, price: steam, standard: {water: 0.1}}',
        ],
      }),
      '50 shared',
      '50 shared',
    ],
    [
      'equally, where no stream rests on one',
      two(BOTH, { points: [...two(BOTH).points, 'S3: {kind: share, of: M, by: allowed}'] }),
      '34 shared',
      '33 shared',
    ],
    [
      'what was allowed less than nothing counts as nothing',
      two(BOTH, { streams: (two(BOTH).streams as string[]).map((s) => s.replace('water: 0.1', 'water: -0.1')) }),
      '0 shared',
      '100 shared',
    ],
  ])('%s', (_name, small, first, second) =>
    expect([early(small, 'steam'), early(small, 'other')]).toEqual([first, second]),
  );

  test('what its meter had substituted is weak in it too', () => {
    const small = two(KEYS, { readings: 'W 09:00 80; M 06:00 0; M 10:00 40; M 16:00 80' });
    const { sheets } = settleSmall({ ...small, points: small.points.map((p) => p.replace('gap: 1 h', 'gap: 6 h')) });
    expect(sheets[1]?.counted?.inputs.map((i) => i.quantity.weakMs)).toEqual([0, 0]);
    // With a gap of 2 h the stretch from 06:00 to 10:00 is an outage, 2 h of it in the shift.
    const weak = { ...small, points: small.points.map((p) => p.replace('gap: 1 h', 'gap: 2 h')) };
    expect(told(weak)[1]).toMatch(/ shared 2 h$/);
  });

  describe('is cut where the other unit’s part is cut', () => {
    const units = (tables: Record<string, string>, readings: string, points: string[] = []): SmallPlant => ({
      streams: {
        u: [
          'made: {role: output, unit: t, point: W}',
          'steam: {role: input, unit: t, point: S1, standard: {made: 0.1}}',
        ],
        v: [
          'mills: {role: output, unit: t, point: V}',
          'steam: {role: input, unit: t, point: S2, standard: {mills: 0.1}}',
        ],
      },
      points: [
        'W: {kind: batch, unit: t, step: 0.1}',
        'V: {kind: batch, unit: t, step: 0.1}',
        ...(points.length > 0 ? points : ['M: {kind: counter, unit: t, step: 1, gap: 9 h}']),
        'S1: {kind: share, of: M, by: allowed}',
        'S2: {kind: share, of: M, by: allowed}',
      ],
      prices: ['made 10', 'mills 10', 'steam 4'],
      readings,
      tables,
    });
    const EXCLUDED = { 'exclusions.csv': `id,unit,from,to,reason\nx,v,${DAY} 10:00,${DAY} 12:00,trip\n` };
    // 08–10: W 10 t, M 3; 10–12: V 30 t, M 9; 12–16: W 30 and V 10 t, M 20.
    const FLOWED = 'W 09:00 10; V 11:00 30; W 13:00 30; V 13:00 10; M 08:00 0; M 10:00 3; M 12:00 12; M 16:00 32';

    test('by what each was allowed between the edges', () => {
      // Uncut: 4 : 4 t, 16 each. Cut: 3 + 0 + 15 and 0, 9 | 5.
      expect(told(units({}, FLOWED), 'steam', 'u')[1]).toBe('16 shared');
      expect(told(units(EXCLUDED, FLOWED), 'steam', 'u')[1]).toBe('18 shared');
      expect(told(units(EXCLUDED, FLOWED), 'steam', 'v').slice(1, 3)).toEqual(['5 shared', '9 shared']);
    });

    test('but not where the meter has no value, through formulas too', () => {
      const blind = FLOWED.replace('M 10:00 3; M 12:00 12; ', '');
      const points = [
        'N: {kind: counter, unit: t, step: 1, gap: 1 h}',
        'M: {kind: formula, unit: t, step: 1, quantity: 1 * N}',
      ];
      // The other unit’s cut is no edge: 32 t by 4 : 4.
      const short = (text: string): SmallPlant => units(EXCLUDED, text.replaceAll('M ', 'N '), points);
      expect(told(short(blind), 'steam', 'u')[1]).toBe('16 shared');
      expect(told(short(FLOWED), 'steam', 'u')[1]).toBe('18 shared');
    });

    test('a running shift’s end is an edge', () => {
      const small = units({}, `${FLOWED}; M 14:00 22`);
      expect(told(small, 'steam', 'u', Date.UTC(2022, 2, 2, 12, 0))[1]).toBe('3 shared');
    });
  });
});
