// What an output should have been (settling.md §1, §4): the budget in force, what orders and limits take, mixes.
import { describe, expect, test } from 'vitest';
import { DAY, type SmallPlant, settleSmall } from '../../test/small-plant.ts';
import { formatSteps } from '../quantity.ts';
import type { Part } from './sheet.ts';

const WATER = 'water: {role: output, unit: t, point: W, budget: 10 t/h}';
const W = 'W: {kind: counter, unit: t, step: 0.1, gap: 1 h}';
const plain: SmallPlant = {
  streams: [WATER],
  points: [W],
  prices: ['water 10'],
  readings: 'W 08:00 0; W 09:00 20; W 10:00 40; W 11:00 60; W 12:00 80; W 14:00 90; W 16:00 100',
};
const early = (more: Partial<SmallPlant>): Part =>
  settleSmall({ ...plain, ...more }).sheets.find(({ shift }) => shift.code === '早')!.counted!;
const steps = (part: Part, of: 'budgetSteps' | 'limitedSteps' | 'orderedSteps', id = 'water'): string => {
  const output = part.outputs.find((o) => o.stream.id === id)!;
  return formatSteps(output[of], output.stream.step);
};

describe('the budget', () => {
  const budget = (more: Partial<SmallPlant>, id?: string): string => steps(early(more), 'budgetSteps', id);
  const month = (...rows: string[]): Partial<SmallPlant> => ({
    tables: { 'budgets.csv': ['unit,stream,month,amount,planned_hours', ...rows].join('\n') },
  });
  test.each<[string, Partial<SmallPlant>, string]>([
    ['per hour', {}, '80.0'],
    ['none', { streams: ['water: {role: output, unit: t, point: W}'] }, '0.0'],
    [
      'dated',
      {
        streams: [
          WATER.replace(
            '10 t/h',
            '[{from: 2022-01-01, rate: 5 t/h}, {from: 2022-03-02, rate: 6 t/h}, {from: 2022-03-03, rate: 7 t/h}]',
          ),
        ],
      },
      '48.0',
    ],
    // The rotation begins on 1 March: 31 days of 24 h.
    ['of the month, over the hours of its shifts', month('u,water,2022-03,7440,'), '80.0'],
    ['of the month, over planned hours', month('u,water,2022-03,7440,620'), '96.0'],
    [
      'beats the text, but only of its month, unit and stream',
      month('u,water,2022-02,1,1', 'u,water,2022-04,1,1', 'u,water,2022-03,620,620'),
      '8.0',
    ],
    ['rounded to the step', month('u,water,2022-03,1,31'), '0.3'],
  ])('%s', (_name, more, told) => expect(budget(more)).toBe(told));

  test('of another unit or stream is nothing to this one', () => {
    const two = {
      streams: { u: [WATER, WATER.replace('water', 'oil')], v: [WATER] },
      prices: ['water 10', 'oil 1'],
      ...month('v,water,2022-03,1,1', 'u,oil,2022-03,1,1'),
    };
    expect([budget(two), budget(two, 'oil')]).toEqual(['80.0', '8.0']);
  });

  test('of fees: in yuan an hour; of periodic work what it accrues', () => {
    const fee = (text: string, more: Partial<SmallPlant> = {}): number =>
      early({ streams: [WATER, text], ...more }).fees[0]!.budgetFen;
    expect(fee('wash: {role: fee, budget: 3 yuan/h}')).toBe(2400);
    expect(fee('wash: {role: fee, periodic: 2 yuan/h}')).toBe(1600);
    expect(fee('wash: {role: fee, budget: 3 yuan/h, periodic: 2 yuan/h}')).toBe(2400);
    expect(fee('wash: {role: fee, periodic: 2 yuan/h}', month('u,wash,2022-03,744,'))).toBe(800);
  });
});

describe('orders and limits', () => {
  const HEADER = 'id,unit,from,to,rate,recorded_at,output';
  const orders = (...rows: string[]): Partial<SmallPlant> => ({
    tables: { 'orders.csv': [HEADER, ...rows.map((row) => `${row},`.split(',').slice(0, 7).join(','))].join('\n') },
  });
  const order = (id: string, from: string, to: string, rate: string, recorded = '', output = ''): string =>
    `${id},u,${DAY} ${from},${DAY} ${to},${rate} t/h,${recorded && `${DAY} ${recorded}`},${output}`;
  /** `B′ Q̂`. */
  const told = (...rows: string[]): string => {
    const part = early(orders(...rows));
    return `${steps(part, 'limitedSteps')} ${steps(part, 'orderedSteps')}`;
  };
  // 20 t/h until 12:00, then 5.
  test.each<[string, string[], string]>([
    ['none', [], '80.0 100.0'],
    [
      'one under the budget takes away; what was made over it is not the crew’s',
      [order('a', '08:00', '12:00', '8')],
      '72.0 52.0',
    ],
    ['one that was not exceeded takes nothing off what was made', [order('a', '12:00', '16:00', '8')], '72.0 100.0'],
    [
      'one over the budget limits nothing, but what exceeds it is unordered',
      [order('a', '08:00', '12:00', '15')],
      '80.0 80.0',
    ],
    ['one at the budget', [order('a', '08:00', '12:00', '10')], '80.0 60.0'],
    ['it acts from its recording', [order('a', '08:00', '12:00', '8', '10:00')], '76.0 76.0'],
    ['not at all when recorded at its end', [order('a', '08:00', '12:00', '8', '12:00')], '80.0 100.0'],
    ['recorded before it begins', [order('a', '10:00', '12:00', '8', '09:00')], '76.0 76.0'],
    ['only within the shift', [order('a', '06:00', '09:00', '8')], '78.0 88.0'],
    ['the lowest of several acts', [order('a', '08:00', '12:00', '8'), order('b', '10:00', '12:00', '4')], '64.0 44.0'],
    [
      'of equal ones the smaller id',
      [order('b', '08:00', '10:00', '8'), order('a', '09:00', '11:00', '8')],
      '74.0 64.0',
    ],
  ])('%s', (_name, rows, result) => expect(told(...rows)).toBe(result));

  test('of equal rates the smaller id takes what both cover', () => {
    const part = early(orders(order('b', '08:00', '10:00', '8'), order('a', '09:00', '11:00', '8')));
    const took = part.windows.map(({ id, excessSteps, lost }) => [id, excessSteps, Number(lost.n) / Number(lost.d)]);
    expect(took).toEqual([
      ['a', 240, 4],
      ['b', 120, 2],
    ]);
  });

  test('a changed order acts from when it was first told, by what it last said', () => {
    const rows = [order('a', '08:00', '12:00', '8', '09:00'), order('a', '08:00', '11:00', '4', '10:00')];
    // From 09:00 to 11:00 at 4 t/h: 12 t less of the budget, 32 t over it.
    expect(told(...rows)).toBe('68.0 68.0');
  });

  test('of one output leave another alone; without a name they are of the load output', () => {
    const two = {
      unit: '    load: oil\n',
      streams: [WATER, 'oil: {role: output, unit: t, point: O, budget: 10 t/h}'],
      points: [W, 'O: {kind: counter, unit: t, step: 1, gap: 9 h}'],
      prices: ['water 10', 'oil 1'],
      readings: `${plain.readings}; O 08:00 0; O 16:00 80`,
    };
    const named = early({ ...two, ...orders(order('a', '08:00', '12:00', '8', '', 'water')) });
    expect([steps(named, 'limitedSteps'), steps(named, 'limitedSteps', 'oil')]).toEqual(['72.0', '80']);
    const plainOne = early({ ...two, ...orders(order('a', '08:00', '12:00', '8')) });
    expect([steps(plainOne, 'limitedSteps'), steps(plainOne, 'limitedSteps', 'oil')]).toEqual(['80.0', '72']);
  });

  test('limits take from the budget, and nothing off what was made', () => {
    const part = early({
      tables: {
        'limits.csv': `id,unit,kind,from,to,rate,recorded_at\nl,u,supplied,${DAY} 08:00,${DAY} 12:00,8 t/h,\n`,
      },
    });
    expect([steps(part, 'limitedSteps'), steps(part, 'orderedSteps')]).toEqual(['72.0', '100.0']);
  });

  test('in the part that does not count nothing limits', () => {
    const { sheets } = settleSmall({
      ...plain,
      tables: {
        'orders.csv': `${HEADER}\n${order('a', '08:00', '16:00', '8')}\n`,
        'exclusions.csv': `id,unit,from,to,reason\nx,u,${DAY} 08:00,${DAY} 12:00,trip\n`,
      },
    });
    const { counted, excluded } = sheets[1]!;
    expect([steps(excluded!, 'limitedSteps'), steps(excluded!, 'orderedSteps'), excluded?.windows]).toEqual([
      '40.0',
      '80.0',
      [],
    ]);
    expect([steps(counted!, 'limitedSteps'), steps(counted!, 'orderedSteps')]).toEqual(['32.0', '20.0']);
  });

  test('the limit line is booked by the worth of what each took, of whatever output', () => {
    const part = early({
      streams: { u: [WATER, 'oil: {role: output, unit: t, point: O, budget: 10 t/h}'], far: [WATER], near: [WATER] },
      points: [W, 'O: {kind: counter, unit: t, step: 1, gap: 9 h}'],
      prices: ['water 10', 'oil 1'],
      readings: `${plain.readings}; O 08:00 0; O 16:00 80`,
      tables: {
        'limits.csv': [
          'id,unit,kind,from,to,rate,recorded_at,output,booked_to',
          `a,u,accepted,${DAY} 08:00,${DAY} 09:00,0 t/h,,water,near`,
          `b,u,accepted,${DAY} 09:00,${DAY} 10:00,0 t/h,,oil,far`,
          `c,u,accepted,${DAY} 10:00,${DAY} 11:00,5 t/h,,water,far`,
        ].join('\n'),
      },
    });
    // 10 t of water: 100; 10 of oil: 10, and 5 of water: 50.
    expect(part.lines.find(({ kind }) => kind === 'limit')).toMatchObject({
      fen: -16_000,
      booked: [
        { to: 'far', fen: -6000 },
        { to: 'near', fen: -10_000 },
      ],
    });
  });
});

describe('a product group', () => {
  const group = (water: number, oil: number, more: Partial<SmallPlant> = {}): string[] => {
    const part = early({
      streams: [
        'water: {role: output, unit: t, point: W, budget: 10 t/h, mix: m}',
        'oil: {role: output, unit: t, point: O, budget: 5 t/h, mix: m}',
        'gas: {role: output, unit: t, point: G, budget: 1 t/h}',
      ],
      points: [
        'W: {kind: batch, unit: t, step: 0.2}',
        'O: {kind: batch, unit: t, step: 0.3}',
        'G: {kind: batch, unit: t, step: 1}',
      ],
      prices: ['water 10', 'oil 20', 'gas 1'],
      readings: `W 09:00 ${water}; O 09:00 ${oil}; G 09:00 7`,
      ...more,
    });
    return part.outputs.map(({ mixedSteps, mixedStep }) => formatSteps(mixedSteps, mixedStep));
  };
  test('has its total in the greatest common step, by the mix of the budget; others stand as they are', () => {
    // 100.3 by 80.0 : 39.9 (40 t on 0.3)
    expect(group(40, 60.3)).toEqual(['66.9', '33.4', '7']);
  });
  test('without a budget stands as it was made', () => {
    const none = {
      streams: [
        'water: {role: output, unit: t, point: W, mix: m}',
        'oil: {role: output, unit: t, point: O, mix: m}',
        'gas: {role: output, unit: t, point: G}',
      ],
    };
    expect(group(40, 60.3, none)).toEqual(['40.0', '60.3', '7']);
  });
});
