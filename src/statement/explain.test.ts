// What a sheet says of itself: the sentence of every line, the arithmetic under it, and the readings it rests on, worked by
// hand on small shifts. That the amounts written out add up on any plant is in properties.test.ts.
import { describe, expect, test } from 'vitest';
import { DAY, type SmallPlant, settleSmall } from '../../test/small-plant.ts';
import { type Argument, type Explanation, explainLine, headline, type Saying, sentences } from '../statement.ts';

// ── one shift by hand ──────────────────────────────────────────────────────────────────────────────────────────────

const shown = (value: Argument): string =>
  typeof value === 'string' ? value : 'zh' in value ? value.zh : `${value.text} ${value.unit}`.trim();
/** `usage-less name=汽 quantity=7.9 t …`, the date of instants left out. */
const said = ({ code, args }: Saying): string =>
  [code, ...Object.entries(args).map(([key, value]) => `${key}=${shown(value)}`)].join(' ').replaceAll(`${DAY} `, '');

/** The early shift of a small plant, told in full: `counted` or `excluded` part. */
function tell(small: SmallPlant, kind: 'counted' | 'excluded' = 'counted') {
  const { sheets, books, plant } = settleSmall(small);
  const sheet = sheets.find(({ shift }) => shift.code === '早')!;
  const part = sheet[kind];
  return {
    headline: headline(sheet).map(said),
    sentences: part ? sentences(plant, sheet, part).map(({ line, saying }) => `${line.key}: ${said(saying)}`) : [],
    line: (key: string): Explanation => explainLine(books, sheet, part!, part!.lines.find((line) => line.key === key)!),
  };
}
const saidOf = (small: SmallPlant, key: string): string => said(tell(small).line(key).sentence);

const WATER = 'water: {role: output, name: {zh: 水, en: water}, unit: t, point: W, budget: 10 t/h}';
const W = 'W: {kind: counter, name: {zh: 水表, en: water meter}, unit: t, step: 0.1, gap: 1 h}';
const STEAM = 'steam: {role: input, name: 汽, unit: t, point: S, standard: {water: 0.1}}';
const S = 'S: {kind: batch, unit: t, step: 0.1}';

// B·H 80 t; order and limit take 8 and 5 t: B′ 67 t; made 98 − 2.5 = 95.5 t. The curve gives 0.3 at the budget's 10 t/h, and
// 0.1 more in the heat. Stock 2 t at 0.5 × 4 + 50 % × (10 − 0.3 × 4 − 1.0833 + 0.05) = 5.8833, of which 3.8833 is margin.
const shift: SmallPlant = {
  unit: '    load set by: crew\n    conditions: {temp: {point: T, budget: 20 degC}}\n    curves: {bend: {of: load, unit: t/t, at: {5: 0.2, 15: 0.4}}}\n',
  more: 'tariffs: {tou: {bands: {peak: ["08:00-10:00"], flat: other}}}\n',
  streams: [
    WATER,
    'oil: {role: output, unit: t, point: O, budget: 5 t/h}',
    'steam: {role: input, name: 汽, unit: t, point: S, standard: {water: {formula: "bend(load) + IF(temp > 25 degC, 0.1, 0)"}, tank: 0.5, per hour run: 0.5}}',
    'power: {role: input, unit: kWh, point: E, bands: tou, standard: {water: 1}}',
    'mud: {role: by-product, unit: t, point: M, standard: {water: 0.1}}',
    'tank: {role: stock, unit: t, point: L, quantity: level * 2 t/m, step: 0.1, makes: water, completion: 50 %}',
    'q: {role: quality, of: water, point: Q, window: [1, 2], premium: (k/n - 0.5) * 1 yuan/t, step: 0.0001}',
    'v: {role: quality, of: water, point: V, premium: (value - 1 %) * 1 yuan/t, step: 0.0001}',
    'wash: {role: fee, budget: 30 yuan/h}',
  ],
  points: [
    W,
    S,
    'O: {kind: batch, unit: t, step: 1}',
    'E: {kind: counter, unit: kWh, step: 0.1}',
    'M: {kind: manual, unit: t, step: 0.1}',
    'L: {kind: level, unit: m, step: 0.1}',
    'Q: {kind: sample, unit: "1", step: 0.1, replaced by: [re-test]}',
    'V: {kind: sample, unit: "%", step: 0.1}',
    'T: {kind: rate, unit: degC, step: 0.1}',
  ],
  prices: ['water 10', 'oil 2', 'steam 4', 'power.peak 2', 'power.flat 1', 'mud 0.5'],
  readings: `W 07:30 0; W 08:30 5; W 12:00 50; W 16:00 98; O 10:00 38; S 09:00 30; S 15:00 9; M 15:00 9
    E 08:00 0; E 10:00 30; E 16:00 95; L 08:00 1; L 16:00 2; T 08:00 30; T 16:00 30`,
  tables: {
    'orders.csv': `id,unit,from,to,rate,recorded_at\no,u,${DAY} 12:00,${DAY} 14:00,6 t/h,\n`,
    'limits.csv': `id,unit,kind,from,to,rate,recorded_at\nl,u,accepted,${DAY} 15:00,${DAY} 16:00,5 t/h,\nhigh,u,accepted,${DAY} 15:00,${DAY} 16:00,50 t/h,\n`,
    'samples.csv': [
      'id,point,time,value,k,n,kind,of,from,to',
      `a,Q,${DAY} 09:00,3,,,,,,`,
      `b,Q,${DAY} 10:00,1,,,re-test,a,,`,
      `c,Q,${DAY} 11:00,4,,,,,,`,
      `d,Q,${DAY} 13:00,,1,1,,,${DAY} 12:00,${DAY} 16:00`,
      `late,Q,${DAY} 17:00,1,,,,,,`,
      `e,V,${DAY} 09:00,1.3,,,,,,`,
      `f,V,${DAY} 10:00,1.6,,,,,,`,
      `g,V,${DAY} 10:00,1.6,,,,,,`,
    ].join('\n'),
    'fees.csv': `id,unit,stream,time,amount\nf,u,wash,${DAY} 10:00,250.5\n`,
  },
};

test("the crew's gain, then the company's share, then the crew's lines before the company's, the larger first", () => {
  const { headline: first, sentences: lines } = tell(shift);
  expect(first).toEqual(['gain yuan=+225.10 yuan', 'company yuan=−116.85 yuan']);
  expect(lines).toEqual([
    'volume: volume-more yuan=177.65 yuan signed=+177.65 yuan name=水 quantity=28.5 t',
    'usage.steam: usage-less name=汽 band= quantity=7.9 t yuan=31.60 yuan signed=+31.60 yuan',
    'quality.q: quality yuan=24.00 yuan signed=+24.00 yuan name=q shown=2/3',
    'usage.power.peak: usage-more name=power band=peak quantity=6.1 kWh yuan=12.20 yuan signed=−12.20 yuan',
    'fees.wash: fees-more yuan=10.50 yuan signed=−10.50 yuan name=wash',
    'stock: stock yuan=7.77 yuan signed=+7.77 yuan name=tank quantity=2.0 t',
    'usage.power.flat: usage-less name=power band=flat quantity=6.6 kWh yuan=6.60 yuan signed=+6.60 yuan',
    'quality.v: quality yuan=0.48 yuan signed=+0.48 yuan name=v shown=3',
    'usage.mud: by-product-less name=mud band= quantity=0.6 t yuan=0.30 yuan signed=−0.30 yuan',
    'limit: limit yuan=84.85 yuan signed=−84.85 yuan name=水 quantity=13.0 t windows=o、l',
    'conditions: conditions yuan=32.00 yuan signed=−32.00 yuan',
  ]);
});

const WINDOWS = [
  'step-window id=o from=12:00 to=14:00 rate=6 t/h lost=8 t excess=0.0 t',
  'step-window id=l from=15:00 to=16:00 rate=5 t/h lost=5 t excess=0.0 t',
  'step-window id=high from=15:00 to=16:00 rate=50 t/h lost=0 t excess=0.0 t',
];

test.each<[string, string[]]>([
  [
    'conditions',
    ['step-input name=汽 from=28.0 t to=36.0 t price=4.0000 yuan/t signed=−32.00 yuan', 'step-sum signed=−32.00 yuan'],
  ],
  [
    'limit',
    [
      ...WINDOWS,
      'step-output name=水 from=80.0 t to=67.0 t price=10.0000 yuan/t signed=−130.00 yuan',
      'step-input name=汽 from=36.0 t to=28.6 t price=4.0000 yuan/t signed=+29.60 yuan',
      'step-input name=power from=80.0 kWh to=67.0 kWh price= signed=+16.20 yuan',
      'step-input name=mud from=8.0 t to=6.7 t price=0.5000 yuan/t signed=−0.65 yuan',
      'step-sum signed=−84.85 yuan',
    ],
  ],
  ['unordered', [...WINDOWS, 'step-sum signed=0.00 yuan']],
  ['output-mix', ['step-sum signed=0.00 yuan']],
  [
    'volume',
    [
      'step-output name=水 from=67.0 t to=95.5 t price=10.0000 yuan/t signed=+285.00 yuan',
      'step-output name=oil from=40 t to=38 t price=2.0000 yuan/t signed=−4.00 yuan',
      'step-input name=汽 from=28.6 t to=45.9 t price=4.0000 yuan/t signed=−69.20 yuan',
      'step-input name=power from=67.0 kWh to=95.5 kWh price= signed=−35.60 yuan',
      'step-input name=mud from=6.7 t to=9.6 t price=0.5000 yuan/t signed=+1.45 yuan',
      'step-sum signed=+177.65 yuan',
    ],
  ],
  [
    'stock',
    [
      'step-stock name=tank quantity=2.0 t price=5.8833 yuan/t signed=+11.77 yuan',
      'step-margin name=tank margin=3.8833 yuan/t',
      'step-input name=汽 from=45.9 t to=46.9 t price=4.0000 yuan/t signed=−4.00 yuan',
      'step-sum signed=+7.77 yuan',
    ],
  ],
  [
    'usage.steam',
    [
      'step-formula print=bend(load) of=11.9375 value=0.33875 t/t',
      'step-term coefficient=0.43875 t/t name=水 quantity=95.5 t',
      'step-term coefficient=0.5 t/t name=tank quantity=2.0 t',
      'step-fixed fixed=0.5 t/h hours=8 h',
      'step-allowed name=汽 quantity=46.9 t',
      'step-used name=汽 quantity=39.0 t',
      'step-difference allowed=46.9 t used=39.0 t quantity=7.9 t price=4.0000 yuan/t signed=+31.60 yuan',
    ],
  ],
  [
    'usage.power.peak',
    [
      'step-term coefficient=1 kWh/t name=水 quantity=95.5 t',
      'step-allowed name=power quantity=95.5 kWh',
      'step-used name=power quantity=95.0 kWh',
      'step-difference allowed=23.9 kWh used=30.0 kWh quantity=-6.1 kWh price=2.0000 yuan/kWh signed=−12.20 yuan',
    ],
  ],
  [
    'quality.q',
    [
      'step-lot samples=d shown=1/1 premium=0.5000 yuan/t quantity=48.0 t signed=+24.00 yuan',
      'step-lot samples=a、c shown=1/2 premium=0.0000 yuan/t quantity=47.5 t signed=0.00 yuan',
    ],
  ],
  ['quality.v', ['step-lot samples=e、f、g shown=1.5 premium=0.0050 yuan/t quantity=95.5 t signed=+0.48 yuan']],
  ['fees.wash', ['step-fee budget=240.00 yuan actual=250.50 yuan signed=−10.50 yuan']],
])('the arithmetic under %s', (key, steps) => expect(tell(shift).line(key).steps.map(said)).toEqual(steps));

const UNDER_WATER = [
  'source-between point=W name=水表 at=08:00 from=07:30 value=0.0 t to=08:30 next=5.0 t',
  'source-boundary point=W name=水表 at=16:00 value=98.0 t',
  'source-readings point=O name=O count=1',
];

test.each<[string, string[]]>([
  ['volume', UNDER_WATER],
  ['usage.steam', ['source-readings point=S name=S count=2', ...UNDER_WATER]],
  [
    'usage.power.flat',
    [
      'source-boundary point=E name=E at=08:00 value=0.0 kWh',
      'source-boundary point=E name=E at=16:00 value=95.0 kWh',
      ...UNDER_WATER,
    ],
  ],
  ['stock', ['source-readings point=L name=L count=2']],
  [
    'quality.q',
    [
      'source-sample point=Q id=a at=09:00 value=1.0 1 by=b',
      'source-sample point=Q id=c at=11:00 value=4.0 1 by=',
      'source-sample point=Q id=d at=13:00 value=1/1 by=',
    ],
  ],
  ['fees.wash', []],
])('what %s rests on', (key, sources) => expect(tell(shift).line(key).sources.map(said)).toEqual(sources));

const readingsOf = ({ readings }: Explanation): string[] =>
  readings.map(({ point, time, value, quality }) => [point, time.replace(`${DAY} `, ''), value, quality].join(' '));

describe('the readings under a line', () => {
  const water = (readings: string, tables = {}): SmallPlant => ({
    streams: [WATER],
    points: [W.replace('1 h', '9 h')],
    prices: ['water 10'],
    readings,
    tables,
  });

  test('from the last before the shift to the first after it, with their quality', () => {
    const small = water(
      'W 05:00 0; W 07:00 1; W 09:00 2 uncertain; W 10:00 99 bad; W 15:00 60; W 17:00 80; W 19:00 99',
    );
    expect(readingsOf(tell(small).line('volume'))).toEqual([
      'W 07:00 1.0 good',
      'W 09:00 2.0 uncertain',
      'W 10:00 99.0 bad',
      'W 15:00 60.0 good',
      'W 17:00 80.0 good',
    ]);
  });

  test('those at its very edges close them; nothing is told twice', () => {
    const small = water('W 07:00 0; W 08:00 1; W 11:00 31; W 12:00 41; W 16:00 81; W 17:00 91', {
      'exclusions.csv': `id,unit,from,to,reason\nx,u,${DAY} 11:00,${DAY} 12:00,trip\n`,
    });
    expect(readingsOf(tell(small).line('volume'))).toEqual([
      'W 08:00 1.0 good',
      'W 11:00 31.0 good',
      'W 12:00 41.0 good',
      'W 16:00 81.0 good',
    ]);
    const { line } = tell(small, 'excluded');
    expect(readingsOf(line('volume'))).toEqual(['W 11:00 31.0 good', 'W 12:00 41.0 good']);
    expect(line('volume').sources.map(said)).toEqual([
      'source-boundary point=W name=水表 at=11:00 value=31.0 t',
      'source-boundary point=W name=水表 at=12:00 value=41.0 t',
    ]);
  });

  test('a point that has never been read shows none, and none of its edges', () => {
    const small: SmallPlant = {
      streams: [WATER, STEAM],
      points: [W, 'S: {kind: counter, unit: t, step: 0.1}'],
      prices: ['water 10', 'steam 4'],
      readings: 'W 08:00 0; W 16:00 80',
    };
    const { sources, readings, sentence } = tell(small).line('usage.steam');
    expect(said(sentence)).toBe('usage-missing name=汽 band= quantity=0.0 t yuan=0.00 yuan signed=0.00 yuan');
    expect(sources.map(said).filter((text) => text.includes('point=S'))).toEqual([]);
    expect(readings.filter(({ point }) => point === 'S')).toEqual([]);
  });

  test('what the meter did meanwhile, and only then; an edge that was split over an outage is not shown as read', () => {
    const small: SmallPlant = {
      streams: [WATER],
      points: ['W: {kind: counter, unit: t, step: 1, gap: 1 h, rollover: 1000, greatest rate: 100 t/h}'],
      prices: ['water 10'],
      readings: 'W 06:00 990; W 07:30 10; W 09:30 50; W 12:00 990; W 13:00 10; W 16:00 40; W 17:00 50',
    };
    expect(tell(small).line('volume').sources.map(said)).toEqual([
      'source-boundary point=W name=W at=16:00 value=40 t',
      'source-event point=W event=implausible-rise at=12:00',
      'source-event point=W event=rollover at=13:00',
    ]);
  });

  test('through shares, formulas and stocks down to the meters', () => {
    const small: SmallPlant = {
      streams: [
        'water: {role: output, unit: t, point: F, budget: 10 t/h}',
        'steam: {role: input, unit: t, point: S1, less stock: {point: L, quantity: level * 1 t/m}, standard: {water: 0.1}}',
      ],
      points: [
        W,
        'F: {kind: formula, unit: t, step: 0.1, quantity: 2 * W}',
        'M: {kind: counter, unit: t, step: 1}',
        'S1: {kind: share, of: M, by: keys, key: 1}',
        'L: {kind: level, unit: m, step: 0.1}',
      ],
      prices: ['water 10', 'steam 4'],
      readings: 'W 08:00 0; W 16:00 40; M 08:00 0; M 16:00 9; L 08:00 2; L 16:00 1',
    };
    expect(tell(small).line('usage.steam').sources.map(said)).toEqual([
      'source-boundary point=M name=M at=08:00 value=0 t',
      'source-boundary point=M name=M at=16:00 value=9 t',
      'source-readings point=L name=L count=2',
      'source-boundary point=W name=水表 at=08:00 value=0.0 t',
      'source-boundary point=W name=水表 at=16:00 value=40.0 t',
    ]);
  });
});

// ── the sentences ──────────────────────────────────────────────────────────────────────────────────────────────────

const plain: SmallPlant = {
  streams: [
    WATER,
    STEAM,
    'mud: {role: by-product, unit: t, point: M, standard: {water: 0.1}}',
    'wash: {role: fee, budget: 30 yuan/h}',
  ],
  points: [W, S, 'M: {kind: batch, unit: t, step: 0.1}'],
  prices: ['water 10', 'steam 4', 'mud 1'],
  readings: 'W 08:00 0; W 16:00 80; S 09:00 8; M 09:00 8',
};
const fee = (yuan: number): SmallPlant => ({
  ...plain,
  tables: { 'fees.csv': `id,unit,stream,time,amount\nf,u,wash,${DAY} 10:00,${yuan}\n` },
});
const made = (tonnes: number): SmallPlant => ({
  ...plain,
  readings: `W 08:00 0; W 16:00 ${tonnes}; S 09:00 8; M 09:00 8`,
});

test.each<[string, SmallPlant, string, string]>([
  [
    'as much as allowed',
    plain,
    'usage.steam',
    'usage-even name=汽 band= quantity=0.0 t yuan=0.00 yuan signed=0.00 yuan',
  ],
  [
    'as much by-product',
    plain,
    'usage.mud',
    'usage-even name=mud band= quantity=0.0 t yuan=0.00 yuan signed=0.00 yuan',
  ],
  [
    'more by-product',
    made(60),
    'usage.mud',
    'by-product-more name=mud band= quantity=2.0 t yuan=2.00 yuan signed=+2.00 yuan',
  ],
  ['more used', made(60), 'usage.steam', 'usage-more name=汽 band= quantity=2.0 t yuan=8.00 yuan signed=−8.00 yuan'],
  ['on budget', plain, 'volume', 'volume-even yuan=0.00 yuan signed=0.00 yuan name=水 quantity=0.0 t'],
  ['less made', made(60), 'volume', 'volume-less yuan=194.00 yuan signed=−194.00 yuan name=水 quantity=20.0 t'],
  ['fees as planned', fee(240), 'fees.wash', 'fees-even yuan=0.00 yuan signed=0.00 yuan name=wash'],
  ['fees below', fee(40), 'fees.wash', 'fees-less yuan=200.00 yuan signed=+200.00 yuan name=wash'],
  ['no limit', plain, 'limit', 'limit yuan=0.00 yuan signed=0.00 yuan name= quantity= windows='],
  ['nothing out of order', plain, 'unordered', 'unordered yuan=0.00 yuan signed=0.00 yuan name= quantity='],
  ['no stock', plain, 'stock', 'stock-none yuan=0.00 yuan signed=0.00 yuan'],
  [
    'more than ordered',
    {
      ...plain,
      points: [W.replace('1 h', '9 h'), ...plain.points.slice(1)],
      tables: { 'orders.csv': `id,unit,from,to,rate,recorded_at\no,u,${DAY} 12:00,${DAY} 14:00,6 t/h,\n` },
    },
    'unordered',
    'unordered yuan=77.60 yuan signed=+77.60 yuan name=水 quantity=8.0 t',
  ],
  [
    'no sample',
    {
      ...plain,
      streams: [WATER, 'q: {role: quality, of: water, point: Q, premium: (value - 1) * 1 yuan/t, step: 0.0001}'],
      points: [W, 'Q: {kind: sample, unit: "1", step: 0.1}'],
      readings: 'W 08:00 0; W 16:00 80',
    },
    'quality.q',
    'quality-missing yuan=0.00 yuan signed=0.00 yuan name=q shown=0',
  ],
  [
    'the wrong mix',
    {
      ...plain,
      streams: [
        WATER,
        STEAM.replace('standard', 'mix: m, standard'),
        'gas: {role: input, unit: t, point: M, mix: m, standard: {water: 0.1}}',
      ],
      prices: ['water 10', 'steam 4', 'gas 1'],
      readings: 'W 08:00 0; W 16:00 80; S 09:00 11; M 09:00 8',
    },
    'mix.steam',
    'mix yuan=6.00 yuan signed=−6.00 yuan name=汽',
  ],
])('%s', (_name, small, key, sentence) => expect(saidOf(small, key)).toBe(sentence));

test('the volume is told of the load output', () => {
  const two = (load: string): SmallPlant => ({
    unit: load,
    streams: [WATER, 'oil: {role: output, unit: t, point: O, budget: 1 t/h}'],
    points: [W, 'O: {kind: batch, unit: t, step: 1}'],
    prices: ['water 10', 'oil 1'],
    readings: 'W 08:00 0; W 16:00 82; O 09:00 5',
  });
  expect(saidOf(two(''), 'volume')).toContain('volume-more yuan=17.00 yuan signed=+17.00 yuan name=水 quantity=2.0 t');
  expect(saidOf(two('    load: oil\n'), 'volume')).toContain('volume-less yuan=17.00 yuan signed=+17.00 yuan name=oil');
});

describe('the headline', () => {
  const cut = (from: string, to: string): SmallPlant => ({
    ...made(60),
    points: [W.replace('1 h', '9 h'), ...plain.points.slice(1)],
    tables: { 'exclusions.csv': `id,unit,from,to,reason\nx,u,${DAY} ${from},${DAY} ${to},trip\n` },
  });
  test.each<[string, SmallPlant, string[]]>([
    ['nothing but the budget', { ...plain, streams: [WATER, STEAM] }, ['gain yuan=0.00 yuan']],
    // 08–12: 3 t of steam allowed and 8 used, 3 t of mud allowed and 8 made, no fee of 120: −20 + 5 + 120, and 10 t less made:
    // −100 + 4 − 1. 12–16: the same of the output, 3 t of steam not used, 3 t of mud not made, no fee: −97 + 12 − 3 + 120.
    [
      'a part that does not count is the company’s',
      cut('12:00', '16:00'),
      ['gain yuan=+105.00 yuan', 'company yuan=−65.00 yuan'],
    ],
    ['all of it', cut('06:00', '16:00'), ['gain-excluded yuan=+40.00 yuan']],
    ['no output', { ...plain, readings: '' }, ['incomplete']],
  ])('%s', (_name, small, first) => expect(tell(small).headline).toEqual(first));

  test('a shift that has not begun has none', () => {
    const { sheets } = settleSmall(plain, DAY, 0);
    expect(sheets.map(headline)).toEqual([[], [], []]);
  });
});
