// Periodic work (settling.md §8): what a cycle cost beyond what its shifts accrued is split over them by hours run.
import { expect, test } from 'vitest';
import { ENGINE } from '../../test/plant-months/compare.ts';
import { loadPlant } from '../../test/plant-months/engine.ts';
import { DAY, filesOf, type SmallPlant } from '../../test/small-plant.ts';
import { formatDay, parseDay } from '../plant.ts';
import { periodicPostings } from './periodic.ts';
import { openBooks, settleShift } from './shift.ts';

const FIRST = '2022-03-01';
const WASH = 'wash: {role: fee, periodic: 10 yuan/h}';
const cycles = (...rows: string[]): Record<string, string> => ({
  'fees.csv': [
    'id,unit,stream,time,amount,kind',
    ...rows.map((row) => `${row}${row.split(',').length < 6 ? ',cycle' : ''}`),
  ].join('\n'),
});
// On the 1st 夜 is B's, 早 C's, 中 A's; on the 2nd 夜 A's, 早 B's, 中 C's.
const plain: SmallPlant = {
  streams: ['water: {role: output, unit: t, point: W}', WASH],
  points: ['W: {kind: batch, unit: t, step: 1}'],
  prices: ['water 1'],
  readings: `W ${FIRST} 00:00 1`,
};

/** `unit stream crew, the day it is dated on ← the shift it names, fen`. */
function told(files: ReadonlyMap<string, string>, first: string, last: string): string[] {
  const { plant, facts, log } = loadPlant(ENGINE, files);
  const books = openBooks(plant, facts, log, Number.POSITIVE_INFINITY);
  const days = [first, last].map((day) => parseDay(day)!) as [number, number];
  return periodicPostings(books, ...days, (shift) => settleShift(books, shift)).map(
    ({ unit, stream, crew, day, forDay, forShift, fen }) =>
      [unit, stream, crew, formatDay(day).slice(8), '←', formatDay(forDay).slice(8), forShift, fen].join(' '),
  );
}
const postings = (small: Partial<SmallPlant>, first = FIRST, last = DAY): string[] =>
  told(filesOf({ ...plain, ...small }), first, last);

test('each cycle bears the shifts that began since the one before, dated where it ends', () => {
  // 100 − 2 × 80 = −60; 300 − 2 × 80 = 140
  const tables = cycles(`a,u,wash,${FIRST} 16:00,100`, `b,u,wash,${DAY} 08:00,300`);
  const both = [
    'u wash B 01 ← 01 夜 -3000',
    'u wash C 01 ← 01 早 -3000',
    'u wash A 02 ← 01 中 7000',
    'u wash A 02 ← 02 夜 7000',
  ];
  expect(postings({ tables })).toEqual(both);
  expect(postings({ tables: cycles(`b,u,wash,${DAY} 08:00,300`, `a,u,wash,${FIRST} 16:00,100`) })).toEqual(both);
  expect(postings({ tables }, FIRST, FIRST)).toEqual(both.slice(0, 2));
  expect(postings({ tables }, DAY, DAY)).toEqual(both.slice(2));
  expect(postings({ tables }, '2022-03-03', '2022-03-09')).toEqual([]);
});

test('by hours run, half a fen to the larger remainder; when nothing ran, equally', () => {
  const run: Partial<SmallPlant> = {
    unit: '    hours run: {point: RUN}\n',
    points: [...plain.points, 'RUN: {kind: batch, unit: h, step: 0.1}'],
    tables: cycles(`a,u,wash,${FIRST} 16:00,100.02`),
  };
  // 6 h and 2 h accrued 80.00: 20.02 by 3 : 1 is 15.015 and 5.005
  expect(postings({ ...run, readings: `W ${FIRST} 00:00 1; RUN ${FIRST} 01:00 6; RUN ${FIRST} 09:00 2` })).toEqual([
    'u wash B 01 ← 01 夜 1502',
    'u wash C 01 ← 01 早 500',
  ]);
  expect(postings({ ...run, readings: `W ${FIRST} 00:00 1; RUN ${FIRST} 09:00 2` })).toEqual([
    'u wash B 01 ← 01 夜 0',
    'u wash C 01 ← 01 早 8002',
  ]);
  expect(postings(run)).toEqual(['u wash B 01 ← 01 夜 5001', 'u wash C 01 ← 01 早 5001']);
});

test('both parts of a shift run, each rounded by itself', () => {
  // 10.0012 × 4 h = 40.0048 twice: 80.00; the whole shift: 80.0096, so 80.01
  const wash = ['water: {role: output, unit: t, point: W}', 'wash: {role: fee, periodic: 10.0012 yuan/h}'];
  const tables = cycles(`a,u,wash,${FIRST} 08:00,100`);
  expect(postings({ streams: wash, tables })).toEqual(['u wash B 01 ← 01 夜 1999']);
  const cut = { 'exclusions.csv': `id,unit,from,to,reason\nx,u,${FIRST} 04:00,${FIRST} 08:00,trip\n` };
  expect(postings({ streams: wash, tables: { ...tables, ...cut } })).toEqual(['u wash B 01 ← 01 夜 2000']);
});

test('no shift over before the first reading bears anything', () => {
  const tables = cycles(`a,u,wash,${DAY} 00:00,100`);
  expect(postings({ tables, readings: `W ${FIRST} 15:59 1` })).toEqual([
    'u wash C 02 ← 01 早 -3000',
    'u wash A 02 ← 01 中 -3000',
  ]);
  expect(postings({ tables, readings: `W ${FIRST} 16:00 1` })).toEqual(['u wash A 02 ← 01 中 2000']);
  expect(postings({ tables, readings: `W ${DAY} 09:00 1` })).toEqual([]);
  expect(postings({ tables, readings: '' })).toEqual([]);
});

test('only cycles of periodic work; two of one instant are one after the other', () => {
  expect(postings({ tables: cycles(`a,u,wash,${FIRST} 08:00,100,`) })).toEqual([]);
  const tables = cycles(`b,u,wash,${FIRST} 08:00,300`, `a,u,wash,${FIRST} 08:00,100`);
  expect(postings({ tables })).toEqual(['u wash B 01 ← 01 夜 2000']);
  const other = ['water: {role: output, unit: t, point: W}', 'wash: {role: fee, budget: 10 yuan/h}'];
  expect(postings({ streams: other, tables })).toEqual([]);
});

test('where no shift holds its instant, the local date', () => {
  const files = filesOf({ ...plain, tables: cycles(`a,u,wash,${DAY} 04:30,100`) });
  // Nobody works from 16:00 to 08:00; the crew of 08–16 of the 1st bears it, dated on the 2nd.
  const text = files.get('plant.yaml')!;
  const clock = text.slice(text.indexOf('{shifts'), text.indexOf('rotations'));
  const day = '{round the clock: no, shifts: {早: {start: "08:00", end: "16:00"}}}\n';
  files.set('plant.yaml', text.replace(clock, day).replace('中夜早', '休休早'));
  expect(told(files, FIRST, DAY)).toEqual(['u wash C 02 ← 01 早 2000']);
  expect(told(files, FIRST, FIRST)).toEqual([]);
});
