// The lines of a part (settling.md §6) and who answers for them (§7), line by line on small plants.
import { describe, expect, test } from 'vitest';
import { DAY, type SmallPlant, settleSmall } from '../../test/small-plant.ts';
import type { Part, Sheet } from './sheet.ts';

const WATER = 'water: {role: output, unit: t, point: W, budget: 10 t/h}';
const STEAM = 'steam: {role: input, unit: t, point: S, standard: {water: 0.1}}';
const MUD = 'mud: {role: by-product, unit: t, point: M, standard: {water: 0.1}}';
const W = 'W: {kind: counter, unit: t, step: 0.1, gap: 9 h}';
const S = 'S: {kind: batch, unit: t, step: 0.1}';
const M = 'M: {kind: batch, unit: t, step: 0.1}';
const plain: SmallPlant = {
  streams: [WATER, STEAM],
  points: [W, S],
  prices: ['water 10', 'steam 4'],
  readings: 'W 08:00 0; W 16:00 88; S 09:00 9',
};
const with_ = (more: Partial<SmallPlant>): SmallPlant => ({ ...plain, ...more });
const early = (small: SmallPlant): Sheet => settleSmall(small).sheets.find(({ shift }) => shift.code === '早')!;
const counted = (small: SmallPlant): Part => early(small).counted!;
const EXCLUDED = (from: string, to: string): Record<string, string> => ({
  'exclusions.csv': `id,unit,from,to,reason\nx,u,${DAY} ${from},${DAY} ${to},trip\n`,
});
/** `key fen` of every line that is not 0, and the crew's part of it where that is another. */
const lines = (part: Part): string[] =>
  part.lines
    .filter(({ fen, crewFen }) => fen !== 0 || crewFen !== 0)
    .map(({ key, fen, crewFen }) => [key, fen, ...(crewFen === fen ? [] : [crewFen])].join(' '));

describe('who answers', () => {
  // 88 t, 8 over budget: 80.00 less 0.8 t of steam; 9 t used of 8.8.
  test.each<[string, Partial<SmallPlant>, string[]]>([
    ['usage: the crew; volume: the company when dispatch sets the load', {}, ['volume 7680 0', 'usage.steam -80']],
    ['volume: the crew when it sets the load', { unit: '    load set by: crew\n' }, ['volume 7680', 'usage.steam -80']],
    [
      'the company for a stream that says so',
      { streams: [WATER, STEAM.replace('unit', 'answers: company, unit')] },
      ['volume 7680 0', 'usage.steam -80 0'],
    ],
    [
      'the crew for quality and fees, unless they say otherwise',
      {
        streams: [
          WATER,
          'q: {role: quality, of: water, point: Q, premium: (value - 1) * 1 yuan/t, step: 0.01}',
          'c: {role: quality, of: water, point: Q, premium: (value - 1) * 1 yuan/t, step: 0.01, answers: company}',
          'wash: {role: fee, budget: 1 yuan/h}',
          'rent: {role: fee, budget: 1 yuan/h, answers: company}',
        ],
        points: [W, 'Q: {kind: sample, unit: "1", step: 0.1}'],
        readings: 'W 08:00 0; W 16:00 80',
        tables: { 'samples.csv': `id,point,time,value\na,Q,${DAY} 10:00,1.5\n` },
      },
      ['quality.q 4000', 'quality.c 4000 0', 'fees.wash 800', 'fees.rent 800 0'],
    ],
    [
      'mix and yield: the crew',
      {
        streams: [
          WATER,
          STEAM.replace('standard', 'mix: m, standard'),
          'gas: {role: input, unit: t, point: M, mix: m, answers: company, standard: {water: 0.1}}',
        ],
        points: [W, S, M],
        prices: ['water 10', 'steam 4', 'gas 1'],
        readings: 'W 08:00 0; W 16:00 80; S 09:00 9; M 09:00 8',
      },
      // 17 t, 8.5 each of 8: mix (8.5 − 9) × 4 and (8.5 − 8) × 1, yield (8 − 8.5) × 4 and × 1
      ['mix.steam -200', 'yield.steam -200', 'mix.gas 50 0', 'yield.gas -50 0'],
    ],
  ])('%s', (_name, more, told) => expect(lines(counted(with_(more)))).toEqual(told));

  describe('for a stock', () => {
    // Listed at 5, of which 0.5 × 4 is cost: 3 margin. 2 t more: 10.00 less 1 t of steam = 6.00, all of it margin.
    const tank = (more: string, price = 5, extra: Partial<SmallPlant> = {}): string[] =>
      lines(
        counted(
          with_({
            streams: [
              WATER,
              STEAM.replace('0.1', '0.1, tank: 0.5'),
              `tank: {role: stock, unit: t, point: L, quantity: level * 2 t/m, step: 0.1, makes: water, completion: 50 %${more}}`,
            ],
            points: [W, S, 'L: {kind: level, unit: m, step: 0.1}'],
            prices: [...plain.prices, `tank ${price}`],
            readings: 'W 08:00 0; W 16:00 80; S 09:00 9; L 08:00 1; L 16:00 2',
            ...extra,
          }),
        ),
      );
    test('its margin goes with the volume, the rest is the crew’s', () => {
      expect(tank('')).toEqual(['stock 600 0']);
      expect(tank('', 5, { unit: '    load set by: crew\n' })).toEqual(['stock 600']);
      // Margin 3.3333, in fen for 2 t 6.67; the line 10.67 − 4.00.
      expect(tank('', 5.3333)).toEqual(['stock 667 0']);
      // The step of steam rounds 2 t × 0.52 = 1.04 to 1.0 t; the margin is exact: 2 × (5 − 2.08).
      expect(
        tank('', 5, {
          streams: [
            WATER,
            STEAM.replace('0.1', '0.1, tank: 0.52'),
            'tank: {role: stock, unit: t, point: L, quantity: level * 2 t/m, step: 0.1, makes: water, completion: 50 %}',
          ],
        }),
      ).toEqual(['stock 600 16']);
    });
    test('all of it is the company’s when every stock says so', () => {
      expect(tank(', answers: company', 5, { unit: '    load set by: crew\n' })).toEqual(['stock 600 0']);
    });
    test('gone down by as much, it is as much less', () => {
      const less = { readings: 'W 08:00 0; W 16:00 80; S 09:00 7; L 08:00 2; L 16:00 1' };
      expect(tank('', 5, { ...less, unit: '    load set by: crew\n' })).toEqual(['stock -600']);
    });
  });

  test('in the part that does not count, the company for all; the crew were it restored', () => {
    const { counted: own, excluded } = early(with_({ tables: EXCLUDED('08:00', '12:00') }));
    // 44 t in each half, 4 over budget; all 9 t of steam were drawn in the first.
    expect([excluded?.crewGainFen, excluded?.companyFen, excluded?.restoredGainFen]).toEqual([0, 3840 - 1840, -1840]);
    expect([own?.crewGainFen, own?.companyFen, own?.restoredGainFen]).toEqual([1760, 3840, 1760]);
    expect([own?.kind, excluded?.kind]).toEqual(['counted', 'excluded']);
  });
});

test('V is what was made less what was used, V_B what the budget says, and the lines lead from one to the other', () => {
  const part = counted(
    with_({
      streams: [WATER, STEAM, MUD, 'wash: {role: fee, budget: 30 yuan/h}'],
      points: [W, S, M],
      prices: ['water 10', 'steam 4', 'mud 0.5'],
      readings: 'W 08:00 0; W 16:00 88; S 09:00 9; M 09:00 8',
      tables: { 'fees.csv': `id,unit,stream,time,amount\nf,u,wash,${DAY} 10:00,250.5\n` },
    }),
  );
  // 880 − 36 + 4 − 250.50; 800 − 32 + 4 − 240
  expect([part.valueFen, part.budgetValueFen]).toEqual([59_750, 53_200]);
  // volume 8 × 10 − 0.8 × 4 + 0.8 × 0.5; mud (8 − 8.8) × 0.5
  expect(lines(part)).toEqual(['volume 7720 0', 'usage.steam -80', 'usage.mud -40', 'fees.wash -1050']);
  expect([part.crewGainFen, part.companyFen]).toEqual([-1170, 7720]);
});

describe('fees', () => {
  const fees =
    (fee: string, rows: string[], more: Partial<SmallPlant> = {}) =>
    (): string[] =>
      lines(
        counted(
          with_({
            streams: [WATER, fee],
            points: [W],
            readings: 'W 08:00 0; W 16:00 80',
            tables: { 'fees.csv': ['id,unit,stream,time,amount,kind', ...rows].join('\n'), ...more.tables },
            ...(more.unit === undefined
              ? {}
              : {
                  unit: more.unit,
                  points: [W, 'RUN: {kind: batch, unit: h, step: 0.1}'],
                  readings: `W 08:00 0; W 16:00 80; ${more.readings}`,
                }),
          }),
        ),
      ).filter((line) => line.startsWith('fees'));
  const WASH = 'wash: {role: fee, budget: 10 yuan/h}';
  const PERIODIC = 'wash: {role: fee, periodic: 10 yuan/h}';
  test.each<[string, () => string[], string[]]>([
    [
      'those of the shift: from its first instant to before its last',
      fees(WASH, [
        `a,u,wash,${DAY} 07:59,1,`,
        `b,u,wash,${DAY} 08:00,20,`,
        `c,u,wash,${DAY} 15:59,30,`,
        `d,u,wash,${DAY} 16:00,4,`,
      ]),
      ['fees.wash 3000'],
    ],
    [
      'of its own unit and stream',
      fees(`${WASH}\n      other: {role: fee, budget: 0 yuan/h}`, [`a,u,other,${DAY} 09:00,1,`]),
      ['fees.wash 8000', 'fees.other -100'],
    ],
    [
      'of the counted part only',
      fees(WASH, [`a,u,wash,${DAY} 09:00,1,`, `b,u,wash,${DAY} 13:00,2,`], { tables: EXCLUDED('12:00', '16:00') }),
      ['fees.wash 3900'],
    ],
    [
      'periodic work is accrued by hours run; its cycles are not of the shift',
      fees(PERIODIC, [`a,u,wash,${DAY} 09:00,1,cycle`], {
        unit: '    hours run: {point: RUN}\n',
        readings: 'RUN 09:00 6',
      }),
      ['fees.wash 2000'],
    ],
    [
      'budgeted otherwise than accrued',
      fees('wash: {role: fee, budget: 12 yuan/h, periodic: 10 yuan/h}', []),
      ['fees.wash 1600'],
    ],
  ])('%s', (_name, found, told) => expect(found()).toEqual(told));
});

describe('hours run', () => {
  const run = (unit: string, readings: string): number => {
    const { hoursRun } = counted(
      with_({
        unit: '    hours run: {point: RUN}\n',
        points: [W, S, `RUN: {kind: batch, unit: ${unit}, step: 0.1}`],
        readings: `${plain.readings}; ${readings}`,
      }),
    );
    return Number(hoursRun.n) / Number(hoursRun.d);
  };
  test('at least none and at most the part, in hours', () => {
    expect([
      run('h', 'RUN 09:00 6'),
      run('h', 'RUN 09:00 9'),
      run('h', 'RUN 09:00 -1'),
      run('h', 'RUN 07:00 1'),
    ]).toEqual([6, 8, 0, 0]);
    expect(run('min', 'RUN 09:00 90')).toBe(1.5);
  });
});

describe('the memo', () => {
  const memo = (more: Partial<SmallPlant>): string[] =>
    counted(with_(more)).memo.map(({ key, fen }) => `${key} ${fen}`);
  const all = ['water 10', 'water actual 11', 'steam 4', 'steam actual 5', 'mud 1', 'mud actual 3'];
  const three = { streams: [WATER, STEAM, MUD], points: [W, S, M], readings: `${plain.readings}; M 09:00 8` };
  test('tells what other prices than the plan’s made of it', () => {
    // 88 × (11 − 10), 9 × (4 − 5), 8 × (3 − 1)
    expect(memo({ ...three, prices: all })).toEqual(['price.water 8800', 'price.steam -900', 'price.mud 1600']);
    expect(memo({ ...three, prices: all.filter((p) => !p.includes('actual')) })).toEqual([]);
    expect(
      memo({
        ...three,
        prices: all,
        points: [W, 'S: {kind: counter, unit: t, step: 0.1}', M],
        readings: 'W 08:00 0; W 16:00 88; M 09:00 8',
      }),
    ).toEqual(['price.water 8800', 'price.mud 1600']);
  });
  test('by bands, where every band with time in the part has an actual price', () => {
    const bands: Partial<SmallPlant> = {
      more: 'tariffs: {tou: {bands: {peak: ["10:00-11:00"], night: ["00:00-02:00"], flat: other}}}\n',
      streams: [WATER, STEAM.replace('standard', 'bands: tou, standard')],
      points: [W, 'S: {kind: counter, unit: t, step: 0.1, gap: 9 h}'],
      prices: ['water 10', 'steam.peak 4', 'steam.flat 2', 'steam.peak actual 5', 'steam.flat actual 3'],
      readings: 'W 08:00 0; W 16:00 80; S 08:00 0; S 16:00 8',
    };
    // 1 t at 4 and 7 t at 2: 18; 1 at 5 and 7 at 3: 26
    expect(memo(bands)).toEqual(['price.steam -800']);
    expect(memo({ ...bands, prices: bands.prices!.slice(0, 4) })).toEqual([]);
    expect(counted(with_(bands)).complete).toBe(true);
    expect(counted(with_({ ...bands, prices: ['water 10', 'steam.peak 4'] })).complete).toBe(false);
  });
  test('tells what two meters of one flow differ by, and nothing when one of them is silent', () => {
    const flow = (readings: string): string[] =>
      memo({
        more: 'flows: {l: {point: W, check: V}}\n',
        streams: ['water: {role: output, unit: t, flow: l, budget: 10 t/h}', STEAM],
        points: [W, S, 'V: {kind: counter, unit: t, step: 0.01, gap: 9 h}'],
        prices: ['water transfer 10', 'steam 4'],
        readings: `${plain.readings}; ${readings}`,
      });
    expect(flow('V 08:00 0; V 16:00 79.05')).toEqual(['unaccounted.l 8950']);
    expect(flow('V 08:00 0; V 16:00 88')).toEqual(['unaccounted.l 0']);
    expect(flow('V 08:00 0')).toEqual([]);
  });
});
