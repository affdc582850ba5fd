// Lots and premiums (settling.md §6): which samples are paid for together, on how much output, and what each lot earns.
import { describe, expect, test } from 'vitest';
import { DAY, settleSmall } from '../../test/small-plant.ts';
import { formatSteps } from '../quantity.ts';
import type { QualityResult } from './sheet.ts';

const WINDOW = 'window: [1, 2], premium: (k/n - 0.5) * 1 yuan/t, step: 0.0001';
const VALUE = 'premium: (value - 1) * 1 yuan/t, step: 0.0001';
// 5 t an hour until 12:00, then 15: 20 and 60 t.
const METER = 'W 08:00 0; W 09:00 5; W 10:00 10; W 11:00 15; W 12:00 20; W 16:00 80';

function quality(says: string, rows: string[], readings = METER): QualityResult {
  const { sheets } = settleSmall({
    streams: ['water: {role: output, unit: t, point: W}', `q: {role: quality, of: water, point: Q, ${says}}`],
    points: [
      'W: {kind: counter, unit: t, step: 0.1, gap: 4 h}',
      'Q: {kind: sample, unit: "1", step: 0.1, counts: [routine], replaced by: [re-test]}',
    ],
    prices: ['water 10'],
    readings,
    tables: { 'samples.csv': ['id,point,time,value,k,n,from,to,kind,of', ...rows].join('\n') },
  });
  return sheets.find(({ shift }) => shift.code === '早')!.counted!.qualities[0]!;
}
/** An instant sample by its value or count, or a composite; times of the day. */
const sample = (id: string, at: string, value: string, k = '', n = ''): string =>
  `${id},Q,${DAY} ${at},${value},${k},${n},,,,`;
const composite = (id: string, from: string, to: string, value: string): string =>
  `${id},Q,${DAY} ${to},${value},,,${DAY} ${from},${DAY} ${to},,`;
/** `samples k/n tonnes fen` a lot. */
const lots = (result: QualityResult): string[] =>
  result.lots.map(({ samples, k, n, tonnesSteps, fen }) =>
    [
      samples.join('+'),
      n === undefined ? '-' : `${k}/${n}`,
      formatSteps(tonnesSteps, { size: { n: 1n, d: 10n }, places: 1 }),
      fen,
    ].join(' '),
  );

test('all samples of an instant are one lot for all of the output; those of other shifts are of theirs', () => {
  const rows = [
    sample('before', '07:59', '1.5'),
    sample('a', '08:00', '1.5'),
    sample('b', '12:00', '2.5'),
    sample('c', '15:59', '1.2'),
    sample('after', '16:00', '9'),
  ];
  const result = quality(WINDOW, rows);
  // 2 of 3: (0.6667 − 0.5) × 80 t
  expect([lots(result), result.shown, result.basis, result.fen]).toEqual([
    ['a+b+c 2/3 80.0 1334'],
    '2/3',
    'measured',
    1334,
  ]);
});

test('the ends of the window are inside it', () => {
  const inside = (value: string): string | undefined => quality(WINDOW, [sample('a', '09:00', value)]).shown;
  expect(['0.9', '1', '1.5', '2', '2.1'].map(inside)).toEqual(['0/1', '1/1', '1/1', '1/1', '0/1']);
});

test('the mean of values, exact and rounded with the premium only', () => {
  const rows = [sample('a', '09:00', '1.0'), sample('b', '10:00', '1.1'), sample('c', '11:00', '1.1')];
  // 1.0667 − 1 on 0.0001 × 80 t = 5.336
  const result = quality(VALUE, rows);
  expect([lots(result), result.shown]).toEqual([['a+b+c - 80.0 534'], '3']);
});

describe('a composite stands for what was made while it was drawn', () => {
  test('and the instants for the rest', () => {
    const rows = [
      sample('late', '13:00', '3'),
      composite('b', '10:00', '12:00', '1.5'),
      composite('a', '08:00', '10:00', '3'),
    ];
    const result = quality(WINDOW, rows);
    expect(lots(result)).toEqual(['a 0/1 10.0 -500', 'b 1/1 10.0 500', 'late 0/1 60.0 -3000']);
    expect([result.shown, result.fen]).toEqual(['1/3', -3000]);
  });
  test('only as far as the shift goes; alone, it leaves the rest unpaid', () => {
    expect(lots(quality(WINDOW, [composite('a', '06:00', '10:00', '1.5')]))).toEqual(['a 1/1 10.0 500']);
    expect(lots(quality(WINDOW, [composite('a', '16:00', '18:00', '1.5')]))).toEqual([]);
    expect(lots(quality(WINDOW, [composite('a', '06:00', '08:00', '1.5')]))).toEqual([]);
  });
  test('an instant counts once: for the one that began first, then the smaller id', () => {
    expect(
      lots(quality(WINDOW, [composite('z', '08:00', '11:00', '1.5'), composite('a', '09:00', '12:00', '1.5')])),
    ).toEqual(['z 1/1 15.0 750', 'a 1/1 5.0 250']);
    const same = [composite('b', '09:00', '12:00', '1.5'), composite('a', '09:00', '12:00', '3')];
    expect(lots(quality(WINDOW, same))).toEqual(['a 0/1 15.0 -750', 'b 1/1 0.0 0']);
    expect(lots(quality(WINDOW, [...same].reverse()))).toEqual(['a 0/1 15.0 -750', 'b 1/1 0.0 0']);
  });
  test('where that was not measured, all samples are one lot', () => {
    const rows = [composite('a', '09:00', '11:00', '1.5'), sample('b', '13:00', '3')];
    const blind = quality(WINDOW, rows, 'W 08:00 0; W 16:00 80');
    expect(lots(blind)).toEqual(['a+b 1/2 80.0 0']);
  });
});

describe('does not count', () => {
  test('without the count that the premium reads, or with none counted', () => {
    const counts = 'premium: (k/n - 0.5) * 1 yuan/t, step: 0.0001';
    const rows = [
      sample('value', '09:00', '1.5'),
      sample('none', '10:00', '', '0', '0'),
      sample('c', '11:00', '', '3', '4'),
    ];
    expect(lots(quality(counts, rows))).toEqual(['c 3/4 80.0 2000']);
    const missing = quality(counts, rows.slice(0, 2));
    expect([missing.lots, missing.basis, missing.fen, missing.shown]).toEqual([[], 'missing', 0, '0']);
  });
  test('without the value that it reads', () => {
    expect(lots(quality(VALUE, [sample('a', '09:00', '', '3', '4'), sample('b', '10:00', '1.5')]))).toEqual([
      'b - 80.0 4000',
    ]);
  });
  test('as a re-test; its value is that of the sample it repeats', () => {
    const rows = [sample('a', '09:00', '3'), `x,Q,${DAY} 10:00,1.5,,,,,re-test,a`];
    expect(lots(quality(WINDOW, rows))).toEqual(['a 1/1 80.0 4000']);
  });
});

test('counts of the laboratory stand beside values judged by the window', () => {
  const rows = [sample('a', '09:00', '1.5'), sample('b', '10:00', '', '3', '4'), sample('c', '10:00', '3', '', '')];
  expect(lots(quality(WINDOW, rows))).toEqual(['a+b+c 4/6 80.0 1334']);
});

test('a premium that divides by nothing is none', () => {
  const result = quality('premium: 1 yuan/t / (value - 1), step: 0.0001', [sample('a', '09:00', '1')]);
  expect([lots(result), result.basis]).toEqual([['a - 80.0 0'], 'measured']);
});
