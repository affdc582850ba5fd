// What a sheet tells its reader: each notice where its rule acts, and nowhere else; what windows took and to whom a limit is
// booked; how weak a line's ground is.
import { describe, expect, test } from 'vitest';
import { DAY, type SmallPlant, settleSmall } from '../../test/small-plant.ts';
import { formatUtc } from '../plant.ts';
import { type Ratio, ratio } from '../quantity.ts';
import type { Part, Sheet } from './sheet.ts';

const WATER = 'water: {role: output, unit: t, point: W, budget: 10 t/h}';
const W = 'W: {kind: counter, unit: t, step: 0.1, gap: 1 h}';
const FULL = 'W 08:00 0; W 16:00 80';
const STEAM = 'steam: {role: input, unit: t, point: S, standard: {water: 0.1}}';
const S = 'S: {kind: batch, unit: t, step: 0.1}';

const plain: SmallPlant = {
  streams: [WATER, STEAM],
  points: [W, S],
  prices: ['water 10', 'steam 4'],
  readings: `${FULL}; S 09:00 8`,
};
const early = (small: SmallPlant): Sheet => settleSmall(small).sheets.find(({ shift }) => shift.code === '早') as Sheet;
const counted = (small: SmallPlant): Part => early(small).counted as Part;

/** Every notice of the early shift: code, stream, point, instant, arguments. */
const notices = (small: SmallPlant): string[] => {
  const { notices: own, counted: part, excluded } = early(small);
  return [...own, ...(part?.notices ?? []), ...(excluded?.notices ?? [])].map(({ code, stream, point, at, args }) =>
    [
      code,
      stream ?? '',
      point ?? '',
      at === undefined ? '' : formatUtc(at).slice(11, 16),
      Object.entries(args ?? {})
        .map(([k, v]) => `${k}=${v}`)
        .join(' '),
    ]
      .join(' ')
      .replace(/ +/g, ' ')
      .trim(),
  );
};
const show = ({ n, d }: Ratio): string => {
  const low = ratio(n, d);
  return low.d === 1n ? `${low.n}` : `${low.n}/${low.d}`;
};

const EXCLUDED = (from: string, to: string): Record<string, string> => ({
  'exclusions.csv': `id,unit,from,to,reason\nx,u,${DAY} ${from},${DAY} ${to},trip\n`,
});
const ORDERS = (...rows: string[]): Record<string, string> => ({
  'orders.csv': ['id,unit,from,to,rate,recorded_at', ...rows].join('\n'),
});
const quality =
  'q: {role: quality, of: water, point: Q, window: [1, 2], premium: (k/n - 0.5) * 1 yuan/t, step: 0.0001}';
const Q = 'Q: {kind: sample, unit: "1", step: 0.1, replaced by: [re-test]}';
const SAMPLES = (...rows: string[]): Record<string, string> => ({
  'samples.csv': ['id,point,time,value,kind,of,from,to', ...rows].join('\n'),
});
const TYPED = ['20 7.9', '21 8.0', '22 7.8', '23 8.1', '24 7.9', '25 7.7', '26 8.0', '27 7.9']
  .map((row) => `S 2022-02-${row.replace(' ', ' 09:00 ')}`)
  .join('; ');
const with_ = (more: Partial<SmallPlant>): SmallPlant => ({ ...plain, ...more });

test.each<[string, SmallPlant, string[]]>([
  ['nothing to tell', plain, []],
  [
    'rows learnt together that differ',
    with_({ readings: `${FULL}; W 08:00 1; W 16:00 81; S 09:00 8` }),
    ['conflicting-readings W 08:00'],
  ],
  [
    'what the meter did, within the shift only',
    with_({
      points: ['W: {kind: counter, unit: t, step: 0.1, rollover: 1000, greatest rate: 100 t/h, on a drop: hold}', S],
      readings: 'W 07:00 0; W 08:00 990; W 09:00 20; W 10:00 220; W 11:00 100; W 16:00 150; W 17:00 50; S 09:00 8',
    }),
    ['rollover W 09:00', 'implausible-rise W 10:00', 'unknown-drop W 11:00'],
  ],
  [
    'a replacement',
    with_({
      tables: { 'replacements.csv': `id,point,time,old_final,new_first\nR,W,${DAY} 12:00,50,0\n` },
      readings: 'W 08:00 0; W 12:30 5; W 16:00 20; S 09:00 8',
      points: [W.replace('1 h', '9 h'), S],
    }),
    ['replacement W 12:00'],
  ],
  ['a missing output', with_({ readings: 'S 09:00 8' }), ['missing-quantity water W']],
  [
    'a missing input',
    with_({ points: [W, 'S: {kind: counter, unit: t, step: 0.1}'], readings: FULL }),
    ['missing-quantity steam S'],
  ],
  [
    'a substituted input',
    with_({
      points: [W, 'S: {kind: counter, unit: t, step: 0.1, gap: 1 h}'],
      readings: `${FULL}; S 06:00 0; S 18:00 9`,
    }),
    ['substituted-quantity steam S'],
  ],
  [
    'an event not confirmed',
    with_({ points: [W, 'S: {kind: batch, unit: t, step: 0.1, confirmed: yes}'] }),
    ['unconfirmed S 09:00'],
  ],
  [
    'an exclusion whose edge has no value',
    with_({ tables: EXCLUDED('10:00', '11:00') }),
    ['edge-without-value W 10:00'],
  ],
  [
    'an exclusion whose edges have',
    with_({ tables: EXCLUDED('10:00', '11:00'), readings: `${FULL}; W 10:00 20; W 11:00 25; S 09:00 8` }),
    [],
  ],
  ['one that ends with the shift needs no edge there', with_({ tables: EXCLUDED('06:00', '16:00') }), []],
  [
    'a typed figure has no edges',
    with_({
      points: [W, 'S: {kind: manual, unit: t, step: 0.1}'],
      tables: EXCLUDED('10:00', '11:00'),
      readings: `${FULL}; W 10:00 20; W 11:00 25; S 09:00 8`,
    }),
    ['edge-without-value S 10:00'],
  ],
  [
    'an order whose output is not measured',
    with_({ tables: ORDERS(`o,u,${DAY} 10:00,${DAY} 11:00,5 t/h,`) }),
    ['window-without-value water id=o'],
  ],
  [
    'hours run that are not known',
    with_({ unit: '    hours run: {point: RUN}\n', points: [W, S, 'RUN: {kind: counter, unit: h, step: 0.1}'] }),
    ['hours-run-missing RUN'],
  ],
  [
    'a condition without data, told once',
    with_({
      unit: '    conditions: {temp: {point: T, budget: 20 degC}}\n',
      points: [W, S, 'T: {kind: rate, unit: degC, step: 0.1}'],
      streams: [WATER, STEAM.replace('0.1}', '{formula: "IF(temp > 5 degC, 0.1, 0.2)"}, grain: 4 h}')],
      readings: `${FULL}; W 12:00 40; S 09:00 8`,
    }),
    ['condition-missing condition=temp'],
  ],
  [
    'a grain whose cells are not measured',
    with_({ streams: [WATER, STEAM.replace('0.1}', '0.1, grain: 4 h}')] }),
    ['grain-without-value steam'],
  ],
  [
    'a load out of the curve',
    with_({ streams: [WATER, STEAM.replace('0.1}', '{curve: load, at: {20: 0.1, 30: 0.1}}}')] }),
    ['curve-clipped steam curve=curve side=below argument=10 bound=20'],
  ],
  [
    'a coefficient that divides by nothing',
    with_({
      unit: '    conditions: {temp: {point: T, budget: 20 degC}}\n',
      points: [W, S, 'T: {kind: rate, unit: degC, step: 0.1}'],
      streams: [WATER, STEAM.replace('0.1}', '{formula: "1 degC / (temp - 10 degC)"}}')],
      readings: `${FULL}; S 09:00 8; T 08:00 10; T 16:00 10`,
    }),
    ['no-coefficient steam'],
  ],
  ['no sample', with_({ streams: [WATER, STEAM, quality], points: [W, S, Q] }), ['no-sample q']],
  [
    'a sample that another replaced',
    with_({
      streams: [WATER, STEAM, quality],
      points: [W, S, Q],
      tables: SAMPLES(`a,Q,${DAY} 09:00,3,,,,`, `b,Q,${DAY} 10:00,1,re-test,a,,`),
    }),
    ['sample-replaced q id=a by=b'],
  ],
  [
    'a composite over output that is not measured',
    with_({
      streams: [WATER, STEAM, quality],
      points: [W, S, Q],
      tables: SAMPLES(`a,Q,${DAY} 12:00,1,,,${DAY} 09:00,${DAY} 11:00`),
    }),
    ['lots-without-tonnes q id=a'],
  ],
  ['no price', with_({ prices: ['water 10'] }), ['no-price steam item=steam kind=plan']],
  [
    'bands whose edges are not measured',
    with_({
      more: 'tariffs: {tou: {bands: {peak: ["10:00-11:00"], flat: other}}}\n',
      streams: [WATER, 'steam: {role: input, unit: t, point: S, bands: tou, standard: {water: 0.1}}'],
      points: [W, 'S: {kind: counter, unit: t, step: 0.1, gap: 9 h}'].map((p) => p.replace('9 h', '1 h')),
      prices: ['water 10', 'steam.peak 4', 'steam.flat 2'],
      readings: `${FULL}; S 08:00 0; S 16:00 8`,
    }),
    ['band-without-value steam'],
  ],
  [
    'two meters of one flow',
    with_({
      more: 'flows: {l: {point: W, check: V}}\n',
      streams: ['water: {role: output, unit: t, flow: l, budget: 10 t/h}', STEAM],
      points: [W, S, 'V: {kind: counter, unit: t, step: 0.1, gap: 9 h}'],
      prices: ['water transfer 10', 'steam 4'],
      readings: `${FULL}; V 08:00 0; V 16:00 79; S 09:00 8`,
    }),
    ['meters-disagree water V fen=1000'],
  ],
  [
    'rows that differ: from the first instant of the shift to before its last',
    with_({
      readings: `${FULL}; W 07:59 0; W 07:59 1; W 08:00 1; W 15:59 79; W 15:59 80; W 16:00 81; S 09:00 8`,
    }),
    ['conflicting-readings W 08:00', 'conflicting-readings W 15:59'],
  ],
  [
    'a typed figure that nothing else of its point comes near',
    with_({
      points: [W, 'S: {kind: manual, unit: t, step: 0.1}'],
      readings: `${FULL}; ${TYPED}; S 08:00 80`,
    }),
    ['odd-figure S 08:00 value=80.0 median=7.9 unit=t'],
  ],
  [
    "such a figure of the next shift's first instant",
    with_({
      points: [W, 'S: {kind: manual, unit: t, step: 0.1}'],
      readings: `${FULL}; ${TYPED}; S 09:00 8; S 16:00 80`,
    }),
    [],
  ],
  [
    'events not confirmed: from the first instant of the shift to before its last',
    with_({
      points: [W, 'S: {kind: batch, unit: t, step: 0.1, confirmed: yes}'],
      readings: `${FULL}; S 07:59 8; S 08:00 8; S 12:00 8; S 16:00 8`,
      tables: { 'confirmations.csv': `id,point,time\nc,S,${DAY} 12:00\n` },
    }),
    ['unconfirmed S 08:00'],
  ],
  [
    'figures too large to be held exactly',
    with_({ prices: ['water 90000000', 'steam 4'], readings: 'W 08:00 0; W 16:00 90000000000; S 09:00 8' }),
    ['beyond-range'],
  ],
])('%s', (_name, small, told) => expect(notices(small)).toEqual(told));

test('a part with a figure too large has its hours and no amounts', () => {
  const part = counted(with_({ prices: ['water 90000000', 'steam 4'], readings: 'W 08:00 0; W 16:00 90000000000' }));
  const { complete, hours, hoursRun, lines, crewGainFen, companyFen, weakShare } = part;
  expect([complete, show(hours), show(hoursRun), show(weakShare)]).toEqual([false, '8', '8', '1']);
  expect([lines, crewGainFen, companyFen, part.valueFen, part.prices.size]).toEqual([[], 0, 0, 0, 0]);
});

test('what orders and limits took, and to whom it is booked', () => {
  const part = counted({
    streams: { u: [WATER.replace('10 t/h', '20 t/h')], far: [WATER.replace('point: W', 'point: V')] },
    points: [W.replace('1 h', '9 h'), W.replace('W:', 'V:')],
    prices: ['water 10'],
    readings: 'W 08:00 0; W 16:00 120',
    tables: {
      ...ORDERS(
        `o,u,${DAY} 08:00,${DAY} 10:00,12 t/h,`,
        `p,u,${DAY} 09:00,${DAY} 11:00,10 t/h,`,
        `high,u,${DAY} 08:00,${DAY} 16:00,25 t/h,`,
      ),
      'limits.csv': `id,unit,kind,from,to,rate,recorded_at,booked_to\nl,u,accepted,${DAY} 14:00,${DAY} 15:00,5 t/h,,far\n`,
    },
  });
  const windows = part.windows.map((w) =>
    [w.id, w.kind, show(w.rate), show(w.lost), w.excessSteps, w.bookedTo].join(' '),
  );
  expect(windows).toEqual([
    'p order 10 20 100 dispatch',
    'o order 12 8 30 dispatch',
    'high order 25 0 0 dispatch',
    'l accepted 5 15 0 far',
  ]);
  const limit = part.lines.find((line) => line.kind === 'limit');
  expect(limit?.fen).toBe(-43_000);
  expect(limit?.booked).toEqual([
    { to: 'dispatch', fen: -28_000 },
    { to: 'far', fen: -15_000 },
  ]);
  expect(counted(plain).lines.find((line) => line.kind === 'limit')?.booked).toEqual([]);
});

describe('how weak the ground is', () => {
  const weak = (small: SmallPlant): [string, Record<string, number>] => {
    const part = counted(small);
    return [
      show(part.weakShare),
      Object.fromEntries(part.lines.filter((l) => l.weakMs > 0).map((l) => [l.key, l.weakMs / 3_600_000])),
    ];
  };
  test.each<[string, SmallPlant, string, Record<string, number>]>([
    ['all measured', plain, '0', {}],
    [
      'a missing input: all of it',
      with_({ points: [W, 'S: {kind: counter, unit: t, step: 0.1}'], readings: FULL }),
      '1',
      { 'usage.steam': 8 },
    ],
    [
      'an outage over the start',
      with_({
        points: [W, 'S: {kind: counter, unit: t, step: 0.1, gap: 1 h}'],
        readings: `${FULL}; S 06:00 0; S 10:00 4; S 16:00 9`,
      }),
      '1/4',
      { 'usage.steam': 2 },
    ],
    [
      'a rate: what was not covered',
      with_({
        points: [W, 'S: {kind: rate, unit: t/h, step: 0.1, gap: 5 h}'],
        readings: `${FULL}; S 08:00 1; S 13:00 1; S 16:00 1`.replace('16:00 1', '13:30 1'),
      }),
      '5/16',
      { 'usage.steam': 2.5 },
    ],
    ['an output: the volume', with_({ readings: 'W 07:00 0; W 17:00 100; S 09:00 8' }), '1', { volume: 8 }],
    [
      'a level far between: the stock',
      with_({
        streams: [
          WATER,
          STEAM,
          'tank: {role: stock, unit: t, point: L, quantity: level * 2 t/m, step: 0.1, makes: water, completion: 50 %}',
        ],
        points: [W, S, 'L: {kind: level, unit: m, step: 0.1, gap: 1 h}'],
        readings: `${FULL}; S 09:00 8; L 08:00 1; L 14:00 2; L 18:00 3`,
      }),
      '1/4',
      { stock: 2 },
    ],
    [
      'no sample: the whole of its line, not of the shift',
      with_({ streams: [WATER, STEAM, quality], points: [W, S, Q] }),
      '0',
      { 'quality.q': 8 },
    ],
    [
      'a mix group: its worst',
      with_({
        streams: [
          WATER,
          'a: {role: input, unit: t, point: A, mix: m, standard: {water: 0.1}}',
          'b: {role: input, unit: t, point: B, mix: m, standard: {water: 0.1}}',
        ],
        points: [W, 'A: {kind: counter, unit: t, step: 0.1, gap: 1 h}', 'B: {kind: batch, unit: t, step: 0.1}'],
        prices: ['water 10', 'a 1', 'b 1'],
        readings: `${FULL}; A 06:00 0; A 10:00 4; A 16:00 9; B 09:00 8`,
      }),
      '1/4',
      { 'mix.a': 2, 'yield.a': 2, 'mix.b': 2, 'yield.b': 2 },
    ],
  ])('%s', (_name, small, share, lines) => expect(weak(small)).toEqual([share, lines]));
});
