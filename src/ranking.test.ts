// Who did better, by rule tables over sheets made by hand.
import { describe, expect, test } from 'vitest';
import { filesOf } from '../test/small-plant.ts';
import { type Day, type Plant, parseDay, readPlant } from './plant.ts';
import { formatRatio, type Ratio, ratio, ZERO } from './quantity.ts';
import {
  addTally,
  type Board,
  boardsOf,
  frozenScores,
  medianLines,
  type PeriodKind,
  packSheet,
  packTally,
  periodHolding,
  rankedFen,
  rankTeams,
  type Tally,
  tallyTeams,
  unpackSheet,
  unpackTally,
} from './ranking.ts';
import type { Line, Part, Posting, Sheet } from './statement.ts';

const plantOf = (more: { plant?: string; more?: string } = {}): Plant => {
  const { plant } = readPlant(
    filesOf({
      streams: {
        u: [
          'water: {role: output, unit: t, point: W}',
          'wash: {role: fee, periodic: 1 yuan/h}',
          'rent: {role: fee, periodic: 1 yuan/h, answers: company}',
        ],
        v: ['water: {role: output, unit: t, point: V}'],
      },
      points: ['W: {kind: counter, unit: t, step: 1}', 'V: {kind: counter, unit: t, step: 1}'],
      prices: ['water 1'],
      readings: '',
      ...more,
    }),
  );
  return plant as Plant;
};
const day = (text: string): Day => parseDay(text) as Day;
const show = ({ n, d }: Ratio): string => {
  const low = ratio(n, d);
  return low.d === 1n ? `${low.n}` : `${low.n}/${low.d}`;
};

interface Made {
  readonly team?: string;
  readonly day?: string;
  /** Fen of the crew's lines by key; `weak` of `hours` rests on substitutes. */
  readonly gain?: Readonly<Record<string, number>>;
  readonly hours?: number;
  readonly weak?: number;
  readonly weakShare?: Ratio;
  readonly complete?: boolean;
  readonly excluded?: { readonly gain: number; readonly hours: number; readonly complete?: boolean };
}
let serial = 0;
function sheet({
  team = 'u/A',
  day: on = '2022-03-10',
  gain,
  hours = 8,
  weak = 0,
  weakShare = ratio(0),
  complete = true,
  excluded,
}: Made): Sheet {
  const [unit = 'u', crew = ''] = team.split('/');
  serial += 1;
  const part = (lines: Readonly<Record<string, number>>, length: number, whole: boolean): Part =>
    ({
      complete: whole,
      hours: ratio(length),
      weakShare,
      lines: Object.entries(lines).map(([key, fen]) => ({
        key,
        fen,
        crewFen: fen,
        weakMs: weak * 3_600_000,
        weakOfMs: length * 3_600_000,
      })),
    }) as unknown as Part;
  return {
    team,
    shift: { unit, crew, day: day(on), from: serial },
    counted: gain && part(gain, hours, complete),
    excluded: excluded && part({ volume: excluded.gain }, excluded.hours, excluded.complete ?? true),
  } as unknown as Sheet;
}
const MARCH = { kind: 'month', first: day('2022-03-01'), last: day('2022-03-31') } as const;
const rank = (sheets: Sheet[], prior: Sheet[] = [], postings: Posting[] = [], plant = plantOf()): Board[] =>
  rankTeams(plant, MARCH, sheets, prior, postings);
/** `team rank score | second rank score`, by board. */
const told = (boards: Board[]): string[] =>
  boards.flatMap((board) =>
    board.rows.map((row) => {
      const score = (x: Ratio | undefined): string => (x ? show(x) : '-');
      return `${board.league}: ${row.team} ${row.rank ?? '-'} ${score(row.score)} | ${row.restored.rank ?? '-'} ${score(row.restored.score)}`;
    }),
  );

describe('scores and ranks', () => {
  test('gain over hours, never a mean of ratios; negative counts; ties share', () => {
    const boards = rank([
      sheet({ gain: { volume: 100, 'usage.steam': -20 }, hours: 8 }),
      sheet({ gain: { volume: 0 }, hours: 2 }),
      sheet({ team: 'u/B', gain: { volume: 80 }, hours: 10 }),
      sheet({ team: 'u/C', gain: { volume: -80 }, hours: 8 }),
      sheet({ team: 'u/D', gain: { volume: 90 }, hours: 9 }),
    ]);
    expect(told(boards)).toEqual([
      'u: u/D 1 10 | 1 10',
      'u: u/A 2 8 | 2 8',
      'u: u/B 2 8 | 2 8',
      'u: u/C 4 -10 | 4 -10',
    ]);
    expect(boards[0]?.period).toEqual(MARCH);
  });

  test('value added per hour: 190,000,000 over 35,000 h is 5,428.57 (amoeba accounting)', () => {
    const [board] = rank([sheet({ gain: { volume: 190_000_000 }, hours: 35_000 })]);
    expect(formatRatio(board?.rows[0]?.score as Ratio, 2)).toBe('5428.57');
  });

  test('only the days of the period', () => {
    expect(
      told(
        rank([
          sheet({ gain: { volume: 8 } }),
          sheet({ gain: { volume: 99 }, day: '2022-04-01' }),
          sheet({ gain: { volume: 99 }, day: '2022-02-28' }),
        ]),
      ),
    ).toEqual(['u: u/A 1 1 | 1 1']);
    expect(
      told(
        rank([sheet({ gain: { volume: 8 }, day: '2022-03-01' }), sheet({ gain: { volume: 24 }, day: '2022-03-31' })]),
      ),
    ).toEqual(['u: u/A 1 2 | 1 2']);
  });

  test('excluded parts restored in the second rank, each judged by itself', () => {
    const boards = rank([
      sheet({ gain: { volume: 80 }, excluded: { gain: -400, hours: 2 } }),
      sheet({ team: 'u/B', gain: { volume: 40 } }),
      sheet({ team: 'u/C', gain: { volume: 8 }, excluded: { gain: 999, hours: 1, complete: false } }),
      sheet({ team: 'u/D', excluded: { gain: 999, hours: 8 } }),
    ]);
    expect(told(boards)).toEqual([
      'u: u/A 1 10 | 3 -32',
      'u: u/B 2 5 | 1 5',
      'u: u/C 3 1 | 2 1',
      'u: u/D - - | - 999/8',
    ]);
    expect(boards[0]?.rows.map((r) => [show(r.excludedShare), r.standing, r.shifts, r.shiftsNotCounted])).toEqual([
      ['1/5', 'ranked', 1, 0],
      ['0', 'ranked', 1, 0],
      ['1/9', 'ranked', 1, 0],
      ['1', 'too-few-hours', 1, 0],
    ]);
  });

  test('least hours, incomplete and too much substituted: shown, not counted', () => {
    const plant = plantOf({ plant: ', ranking: {least hours: 9 h, most substituted: 20 %}' });
    const boards = rank(
      [
        sheet({ gain: { volume: 90 }, hours: 9 }),
        sheet({ gain: { volume: 9999 }, complete: false }),
        sheet({ gain: { volume: 9999 }, weakShare: ratio(21, 100) }),
        sheet({ team: 'u/B', gain: { volume: 90 }, hours: 8 }),
        sheet({ team: 'u/C', gain: { volume: 90 }, hours: 10, weakShare: ratio(1, 5) }),
      ],
      [],
      [],
      plant,
    );
    expect(told(boards)).toEqual(['u: u/A 1 10 | 1 10', 'u: u/C 2 9 | 2 9', 'u: u/B - 45/4 | - 45/4']);
    expect(boards[0]?.rows.map((r) => [r.shifts, r.shiftsNotCounted, r.standing])).toEqual([
      [3, 2, 'ranked'],
      [1, 0, 'ranked'],
      [1, 0, 'too-few-hours'],
    ]);
  });

  test("postings by their date, to the crew unless they are the company's", () => {
    const posting = (stream: string, fen: number, on: string): Posting =>
      ({ unit: 'u', stream, crew: 'A', day: day(on), forDay: day(on), forShift: '早', fen }) as Posting;
    const boards = rank(
      [sheet({ gain: { volume: 80 } })],
      [],
      [
        posting('wash', 40, '2022-03-31'),
        posting('wash', 7, '2022-04-01'),
        posting('wash', 7, '2022-02-28'),
        posting('rent', 900, '2022-03-02'),
      ],
    );
    expect(told(boards)).toEqual(['u: u/A 1 5 | 1 5']);
    expect(boards[0]?.rows[0]?.streams).toEqual([
      { key: 'volume', unit: 'u', fen: 80 },
      { key: 'periodic.wash', unit: 'u', fen: -40 },
    ]);
  });
});

describe('what rests on substitutes', () => {
  const line = (crewFen: number, weakMs: number): Line => ({ crewFen, weakMs, weakOfMs: 8 }) as Line;
  test.each([
    [100, 0, -50, 100],
    [100, 2, 0, 75],
    [100, 2, -40, 65],
    [100, 2, 40, 75],
    [-100, 8, 0, 0],
    [-100, 9, -7, -7],
    [10, 6, 0, 2],
    [30, 6, 0, 8],
    [10, 1, 0, 9],
  ])('%i fen, %i of 8 weak, median %i: %i', (fen, weak, median, counts) =>
    expect(rankedFen(line(fen, weak), ratio(median))).toBe(counts),
  );
  test('a line over no time counts as it is', () =>
    expect(rankedFen({ crewFen: 5, weakMs: 1, weakOfMs: 0 } as Line, ratio(-9))).toBe(5));

  test("the median is the team's own, of the month before the shift's, of shifts that counted, each once", () => {
    const february = [-10, -30, -50, -70].map((fen) => sheet({ gain: { volume: fen }, day: '2022-02-10' }));
    const others = [
      sheet({ gain: { volume: -9999 }, day: '2022-01-31' }),
      sheet({ gain: { volume: -9999 }, day: '2022-02-10', complete: false }),
      sheet({ gain: { volume: -9999 }, day: '2022-02-10', weakShare: ratio(1) }),
      sheet({ team: 'u/B', gain: { volume: -9999 }, day: '2022-02-10' }),
      sheet({ gain: { stock: -9999 }, day: '2022-02-10' }),
    ];
    const weak = sheet({ gain: { volume: 100 }, weak: 8 });
    const gain = (prior: Sheet[]): number | undefined =>
      rank([weak], prior)[0]?.rows.find((r) => r.team === 'u/A')?.gainFen;
    expect(gain([...february, ...others])).toBe(-40);
    expect(gain([...february, ...february.slice(0, 1)])).toBe(-40);
    expect(gain(february.slice(0, 3))).toBe(-30);
    expect(gain([])).toBe(0);
    expect(gain([sheet({ gain: { volume: 500 }, day: '2022-02-10' })])).toBe(0);
    // A year's board: the month before may lie within the board's own sheets.
    const year = rankTeams(plantOf(), { kind: 'year', first: day('2022-01-01'), last: day('2022-12-31') }, [
      ...february,
      weak,
    ]);
    expect(year[0]?.rows[0]?.gainFen).toBe(-160 - 40);
  });
});

describe('leagues', () => {
  test('a unit by itself, units together, teams by their first unit, resting teams', () => {
    const more = 'teams: {both: {crew: A, units: [v, u]}, idle: {crew: C, units: [u]}}\n';
    const sheets = [
      sheet({ team: 'u/B', gain: { volume: 8 } }),
      { ...sheet({ team: 'v/A', gain: { volume: 16 } }), team: 'both' },
      sheet({ team: 'v/B', gain: { volume: 24 } }),
    ];
    expect(told(rank(sheets, [], [], plantOf({ more })))).toEqual([
      'v: v/B 1 3 | 1 3',
      'v: both 2 2 | 2 2',
      'u: u/B 1 1 | 1 1',
      'u: idle - - | - -',
    ]);
    const together = plantOf({ more: `${more}leagues: {all: {units: [u, v]}}\n` });
    const boards = rank(sheets, [], [], together);
    expect(told(boards)).toEqual([
      'all: v/B 1 3 | 1 3',
      'all: both 2 2 | 2 2',
      'all: u/B 3 1 | 3 1',
      'all: idle - - | - -',
    ]);
    expect(boards[0]?.rows.at(-1)?.standing).toBe('resting');
  });

  test('unlike units by gain standardised with the month before', () => {
    const plant = plantOf({ more: 'leagues: {all: {units: [u, v], unlike: yes}}\n' });
    const on = '2022-02-10';
    const prior = [
      sheet({ team: 'u/A', day: on, gain: { volume: 80 } }),
      sheet({ team: 'u/B', day: on, gain: { volume: 160 } }),
      sheet({ team: 'u/C', day: on, gain: { volume: 240 } }),
      sheet({ team: 'v/A', day: on, gain: { volume: 8000 } }),
      sheet({ team: 'u/A', day: '2022-01-10', gain: { volume: 99_999 } }),
    ];
    const frozen = frozenScores(plant, summed(plant, prior.slice(0, 4)));
    expect([...frozen].map(([unit, { mean, deviation }]) => `${unit} ${show(mean)} ${show(deviation)}`)).toEqual([
      'u 20 10',
    ]);
    const boards = rank(
      [
        sheet({ team: 'u/A', gain: { volume: 320 } }),
        sheet({ team: 'u/B', gain: { volume: 120 } }),
        sheet({ team: 'v/A', gain: { volume: 1 } }),
      ],
      prior,
      [],
      plant,
    );
    expect(told(boards)).toEqual(['all: u/A 1 2 | 1 2', 'all: u/B 2 -1/2 | 2 -1/2', 'all: v/A - - | - -']);
    expect(boards[0]?.rows.map((r) => [r.standing, r.gap])).toEqual([
      ['ranked', undefined],
      ['ranked', undefined],
      ['no-prior-period', undefined],
    ]);
    const two = frozenScores(
      plant,
      summed(plant, [sheet({ team: 'u/A', gain: { volume: 8 } }), sheet({ team: 'u/B', gain: { volume: 16 } })]),
    );
    // √½, rounded down to a millionth
    expect(show(two.get('u')?.deviation as Ratio)).toBe(show(ratio(707_106, 1_000_000)));
    const equal = [sheet({ team: 'u/A', gain: { volume: 8 } }), sheet({ team: 'u/B', gain: { volume: 8 } })];
    expect(frozenScores(plant, summed(plant, equal)).size).toBe(0);
  });
});

const summed = (plant: Plant, sheets: readonly Sheet[]): Map<string, Tally> => tallyTeams(plant, sheets, () => ZERO);

test('what a ledger keeps ranks as the sheets do: packed, summed month by month, and added up', () => {
  const plant = plantOf({});
  const days = ['2022-02-10', '2022-02-20', '2022-03-01', '2022-03-02', '2022-03-31'];
  const sheets = days.flatMap((day, i) =>
    ['u/A', 'u/B', 'u/C'].map((team, j) =>
      sheet({ team, day, gain: { volume: 100 * i - 70 * j, 'usage.steam': i === 1 ? 0 : 37 * j - 50 }, hours: 7 + j }),
    ),
  );
  const kept = sheets.map((one) => unpackSheet(JSON.parse(JSON.stringify(packSheet(one)))));
  const period = periodHolding(plant, 'year', parseDay('2022-03-02') as Day);
  const whole = rankTeams(plant, period, sheets);
  expect(rankTeams(plant, period, kept)).toEqual(whole);
  const medians = medianLines(plant, kept);
  const months = ['2022-02', '2022-03'].map((month) =>
    tallyTeams(
      plant,
      kept.filter((_, i) => days[Math.floor(i / 3)]?.startsWith(month)),
      medians,
    ),
  );
  const year = new Map<string, Tally>();
  for (const month of months)
    for (const tally of month.values()) {
      const again = unpackTally(JSON.parse(JSON.stringify(packTally(tally))));
      const known = year.get(tally.team);
      if (known) addTally(known, again);
      else year.set(tally.team, again);
    }
  expect(boardsOf(plant, period, year, new Map())).toEqual(whole);
});

test('the gap to the best, by stream, sums', () => {
  const [board] = rank([
    sheet({ gain: { volume: 100, 'usage.steam': 0 }, hours: 3 }),
    sheet({ team: 'u/B', gain: { volume: 10, 'usage.steam': 7 }, hours: 8 }),
  ]);
  expect(board?.rows[0]?.gap).toEqual({ fen: 0, streams: [] });
  // 100/3 × 8 = 266.67 against 17
  expect(board?.rows[1]?.gap).toEqual({
    fen: 250,
    streams: [
      { key: 'volume', unit: 'u', fen: 257 },
      { key: 'usage.steam', unit: 'u', fen: -7 },
    ],
  });
});

test.each<[PeriodKind, string, number, string, string]>([
  ['shift', '2022-03-10', 1, '2022-03-10', '2022-03-10'],
  ['day', '2022-03-10', 1, '2022-03-10', '2022-03-10'],
  ['week', '2022-03-10', 1, '2022-03-07', '2022-03-13'],
  ['week', '2022-03-07', 1, '2022-03-07', '2022-03-13'],
  ['week', '2022-03-13', 1, '2022-03-07', '2022-03-13'],
  ['week', '1969-12-31', 1, '1969-12-29', '1970-01-04'],
  ['month-to-date', '2022-03-10', 1, '2022-03-01', '2022-03-10'],
  ['month-to-date', '2022-03-10', 26, '2022-02-26', '2022-03-10'],
  ['month', '2022-03-10', 26, '2022-02-26', '2022-03-25'],
  ['month', '2022-03-26', 26, '2022-03-26', '2022-04-25'],
  ['quarter', '2022-05-10', 1, '2022-04-01', '2022-06-30'],
  ['quarter', '2022-12-31', 1, '2022-10-01', '2022-12-31'],
  ['quarter', '2022-03-26', 26, '2022-03-26', '2022-06-25'],
  ['year', '2022-12-26', 26, '2022-12-26', '2023-12-25'],
  ['year', '2022-05-10', 1, '2022-01-01', '2022-12-31'],
])('the %s that holds %s, months from the %ith', (kind, on, starts, first, last) => {
  const plant = { ...plantOf(), monthStartsOn: starts };
  expect(periodHolding(plant, kind, day(on))).toEqual({ kind, first: day(first), last: day(last) });
});
