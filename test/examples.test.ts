// The example plants: they check clean, their sheets and boards stay what they are (golden), the synthetic refinery's meters
// yield what was reported, and the real files give what plain arithmetic on the very files gives.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { generateRefinery, type RefineryOptions, readingsText } from '../examples/refinery/generate.ts';
import { type FeeStream, formatDay } from '../src/plant.ts';
import { formatSteps, toNumber } from '../src/quantity.ts';
import { rankTeams } from '../src/ranking.ts';
import { type Part, periodicPostings, type Sheet, settleShift, sheetRecord } from '../src/statement.ts';
import { audit } from './auditor/audit.ts';
import {
  asFile,
  boardRecords,
  day,
  type Example,
  expectGolden,
  openExample,
  openTexts,
  rankDay,
  settleDays,
} from './golden.ts';
import { testWithRealData } from './outside.ts';

const warningsOf = ({ problems }: Example): string[] => problems.map(({ code, severity }) => `${severity} ${code}`);

/** Of both parts of a sheet, the excluded one too: what a meter counted, it counted. */
const parts = (sheet: Sheet): Part[] => [sheet.counted, sheet.excluded].filter((part) => part !== undefined);

/** What a stream came to over some sheets, in its unit of measure. */
function total(sheets: readonly Sheet[], stream: string): number {
  let sum = 0;
  for (const part of sheets.flatMap(parts))
    for (const one of [...part.outputs, ...part.inputs])
      if (one.stream.id === stream) sum += Number(formatSteps(one.quantity.steps ?? Number.NaN, one.stream.step));
  return sum;
}

test('worked: one shift by hand', async () => {
  const example = await openExample('worked');
  expect(warningsOf(example)).toEqual([]);
  const [sheet] = settleDays(example, '2022-03-01', '2022-03-01').filter(({ shift }) => shift.code === '早');
  await expectGolden('worked', 'sheet', sheetRecord(sheet!));
});

// ── the synthetic refinery ─────────────────────────────────────────────────────────────────────────────────────────

const openRefinery = (options: RefineryOptions): Promise<Example> => {
  const { files, readings } = generateRefinery(options);
  return openTexts(files, [asFile('readings.csv', () => readingsText(readings))]);
};

describe('refinery', () => {
  test('8 teams, a month: clean, fast, golden', async () => {
    const started = performance.now();
    const { files, readings } = generateRefinery({ teams: 8 });
    const text = [...readingsText(readings)].join('');
    expect(performance.now() - started).toBeLessThan(2000);
    const example = await openTexts(files, [asFile('readings.csv', () => [text])]);
    expect(warningsOf(example)).toEqual([]);
    expect(example.plant.teams.size).toBe(8);
    const sheets = settleDays(example, '2022-03-09', '2022-03-10');
    await expectGolden('refinery', 'sheets', sheets.map(sheetRecord));
    await expectGolden('refinery', 'ranking', boardRecords(rankDay(example, '2022-03-15')));
  });

  test.each([9, 13, 57, 120, 189])('%i teams: so many, and clean', async (teams) => {
    const example = await openRefinery({ teams, from: '2022-06-30', days: 1 });
    expect(example.plant.teams.size).toBe(teams);
    expect(warningsOf(example)).toEqual([]);
    expect(
      settleDays(example, '2022-06-30', '2022-06-30').filter(({ counted }) => counted?.complete === false),
    ).toEqual([]);
  });

  test('same options, same bytes; a longer window or more teams change nothing of what both hold', () => {
    const rows = (options: RefineryOptions): string[] =>
      [...readingsText(generateRefinery(options).readings)].join('').split('\n').slice(1);
    const small = rows({ teams: 8, from: '2022-05-02', days: 3 });
    expect(rows({ teams: 8, from: '2022-05-02', days: 3 })).toEqual(small);
    const large = new Set(rows({ teams: 40, from: '2022-05-01', days: 6 }));
    expect(small.filter((row) => !large.has(row))).toEqual([]);
    expect(rows({ teams: 8, from: '2022-05-02', days: 3, seed: 1 })).not.toEqual(small);
  });

  test('minute grain gives the same sheets as shift boundaries', async () => {
    const [coarse, fine] = await Promise.all(
      [0, 1].map((minuteDays) => openRefinery({ teams: 8, from: '2022-05-02', days: 2, minuteDays })),
    );
    const sheets = (example: Example): unknown => settleDays(example, '2022-05-03', '2022-05-03').map(sheetRecord);
    expect(sheets(fine!)).toEqual(sheets(coarse!));
  });

  test('the independent auditor finds the same on every sheet of 190 teams', async () => {
    const options = { teams: 190, from: '2022-05-17', days: 2 };
    const { files, readings } = generateRefinery(options);
    const text = [...readingsText(readings)].join('');
    const example = await openTexts(files, [asFile('readings.csv', () => [text])]);
    const [from, to] = [options.from, '2022-05-18'];
    const audited = audit({ files, readings: [text] }, { from, to });
    const key = (sheet: { unit: string; day: string; shift: string }): string =>
      `${sheet.unit} ${sheet.day} ${sheet.shift}`;
    const byKey = new Map(audited.map((sheet) => [key(sheet), sheet]));
    const records = settleDays(example, from, to).map(sheetRecord);
    expect(records.length).toBe(byKey.size);
    expect(records).toEqual(records.map((record) => byKey.get(key(record))));
  });

  test.each<[string, RefineryOptions]>([
    ['too few teams', { teams: 7 }],
    ['too many teams', { teams: 191 }],
    ['half a team', { teams: 8.5 }],
    ['another year', { teams: 8, from: '2023-01-01' }],
    ['past the year', { teams: 8, from: '2022-12-31', days: 2 }],
    ['more minutes than days', { teams: 8, days: 2, minuteDays: 3 }],
  ])('%s is refused', (_, options) => expect(() => generateRefinery(options)).toThrow(RangeError));
});

describe('refinery, 190 teams and the year 2022: what was reported comes out of raw readings', () => {
  let example: Example;
  const settled = new Map<string, Sheet>();
  const sheetsOf = (unit: string, from: string, to: string): Sheet[] => settleDays(example, from, to, [unit]);

  beforeAll(async () => {
    example = await openRefinery({ teams: 190, from: '2022-01-01', days: 365 });
  }, 120_000);

  test('190 teams, 2,228 people, 609 Party members; no problem in the text', () => {
    const teams = [...example.plant.teams.values()];
    expect(warningsOf(example)).toEqual([]);
    expect(teams.length).toBe(190);
    expect(teams.reduce((sum, team) => sum + team.members, 0)).toBe(2228);
    expect(teams.reduce((sum, team) => sum + team.partyMembers, 0)).toBe(609);
    const kinds = [...example.plant.party.values()].map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['committee', 'general branch', 'branch']));
  });

  test('evaporator new group 3: nearly a month longer between acid cleanings, about 1.6 million yuan a year', () => {
    const unit = 'evaporation-3';
    const cleaning = example.plant.units.get(unit)!.streams.find(({ id }) => id === 'acid-cleaning')!;
    const accrual = toNumber((cleaning as FeeStream).periodic!);
    const settle = (shift: Sheet['shift']): Sheet => {
      const key = `${shift.unit} ${shift.from}`;
      const known = settled.get(key) ?? settleShift(example.books, shift);
      settled.set(key, known);
      return known;
    };
    const postings = periodicPostings(example.books, day('2022-01-01'), day('2022-12-31'), settle);
    const cycles = [...Map.groupBy(postings, (posting) => posting.day)].map(([end, own]) => {
      const shifts = own.map((p) => settled.get([...settled.keys()].find((key) => isShift(key, p)) ?? ''));
      const runHours = shifts.reduce(
        (sum, sheet) => sum + parts(sheet!).reduce((hours, part) => hours + toNumber(part.hoursRun), 0),
        0,
      );
      // What was posted and what the shifts had accrued make the bill again.
      const yuan = own.reduce((sum, p) => sum + p.fen, 0) / 100 + runHours * accrual;
      return { end: formatDay(end), days: own.length / 3, runHours, yuan };
    });
    function isShift(key: string, posting: { forDay: number; forShift: string }): boolean {
      const sheet = settled.get(key);
      return sheet?.shift.day === posting.forDay && sheet.shift.code === posting.forShift && sheet.shift.unit === unit;
    }
    const mean = (list: typeof cycles, of: (cycle: (typeof cycles)[number]) => number): number =>
      list.reduce((sum, cycle) => sum + of(cycle), 0) / list.length;
    // The first row ends a cycle begun the year before.
    const [before, after] = [cycles.slice(1, 6), cycles.slice(6)];
    const longer = mean(after, (c) => c.days) - mean(before, (c) => c.days);
    expect(longer).toBeGreaterThan(28);
    expect(longer).toBeLessThan(31);
    const perHour = (list: typeof cycles): number => mean(list, (c) => c.yuan) / mean(list, (c) => c.runHours);
    const runHoursYear = (mean(after, (c) => c.runHours) / mean(after, (c) => c.days)) * 365;
    const saved = (perHour(before) - perHour(after)) * runHoursYear;
    expect(Math.round(saved / 1e5) / 10).toBe(1.6);
  }, 60_000);

  test('fixed carbon: 19/52, 17/31, 14/19, 26/31 over four months', () => {
    const months = ['03', '04', '05', '06'].map((month) => {
      const last = month === '04' || month === '06' ? '30' : '31';
      const lots = sheetsOf('raw-meal-1', `2022-${month}-01`, `2022-${month}-${last}`)
        .flatMap(parts)
        .flatMap((part) => part.qualities.flatMap((quality) => quality.lots));
      const sum = (of: (lot: (typeof lots)[number]) => number | undefined): number =>
        lots.reduce((all, lot) => all + (of(lot) ?? 0), 0);
      return `${sum((lot) => lot.k)}/${sum((lot) => lot.n)}`;
    });
    expect(months).toEqual(['19/52', '17/31', '14/19', '26/31']);
  });

  test('red mud: nearly 20,000 t taken in as iron corrective', () => {
    const tonnes = ['raw-meal-1', 'raw-meal-2'].map((unit) =>
      total(sheetsOf(unit, '2022-01-01', '2022-12-31'), 'red-mud'),
    );
    expect(tonnes[0]! + tonnes[1]!).toBeCloseTo(19_876.4, 3);
  }, 60_000);

  test('fine alumina, August on July: +480 t; per tonne steam −34 %, return water −8.44 %, gas −21.86 %', () => {
    const [july, august] = ['07', '08'].map((month) =>
      sheetsOf('fine-alumina-1', `2022-${month}-01`, `2022-${month}-31`),
    );
    expect(total(august!, 'fine-alumina') - total(july!, 'fine-alumina')).toBeCloseTo(480, 6);
    const change = (stream: string): string => {
      const [a, b] = [july!, august!].map((sheets) => total(sheets, stream) / total(sheets, 'fine-alumina'));
      return ((b! / a! - 1) * 100).toFixed(2);
    };
    expect(['steam', 'return-water', 'gas'].map(change)).toEqual(['-34.00', '-8.44', '-21.86']);
  });

  test('the pump of the 200 m shaft: avoided quote less own labour, parts and hire', () => {
    const sheets = sheetsOf('mine-service-1', '2022-05-17', '2022-05-19');
    const value = sheets.reduce((sum, sheet) => sum + sheet.counted!.valueFen, 0);
    expect(value).toBe(18_640_000 - 244 * 6_200 - 3_820_000 - 1_250_000);
  });

  test('communications: over a million yuan a year expected, confirmed by nobody, in no sheet', () => {
    const sheets = [1, 2, 3, 4].flatMap((n) => sheetsOf(`communications-${n}`, '2022-01-01', '2022-12-31'));
    const waiting = sheets.flatMap((sheet) => sheet.notices.filter(({ code }) => code === 'unconfirmed'));
    const expected = waiting.reduce((sum, { point, at }) => {
      const place = example.plant.pointById.get(point ?? '')!.index;
      const { times, values } = example.books.series[place]!;
      const steps = values[times.indexOf(at!)]!;
      return sum + (steps > 2_000_000 ? steps / 100 : 0);
    }, 0);
    expect(expected).toBe(12 * (22_150 + 21_800 + 22_600 + 22_340));
    const confirmed = total(sheets, 'jobs');
    expect(confirmed).toBeLessThan(1_500_000);
  });

  test('a month in full swing: some million yuan, a few hundred a shift, and chance larger than that', () => {
    const gains = settleDays(example, '2022-11-01', '2022-11-30').map(
      (sheet) => (sheet.counted?.crewGainFen ?? 0) / 100,
    );
    const sum = gains.reduce((a, b) => a + b, 0);
    const mean = sum / gains.length;
    const deviation = Math.sqrt(gains.reduce((a, b) => a + (b - mean) ** 2, 0) / gains.length);
    expect(sum).toBeGreaterThan(2e6);
    expect(sum).toBeLessThan(4e6);
    expect(mean).toBeGreaterThan(300);
    expect(deviation).toBeGreaterThan(mean);
  }, 60_000);
});

// ── real files ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Rows of a file without quoted cells, by the names of its header. */
function rowsOf(folder: string, file: string): Record<string, string>[] {
  const [header = '', ...lines] = readFileSync(join(folder, file), 'utf8').trim().split(/\r?\n/);
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i] as string, cell])));
}

testWithRealData('flotation: exactly 493 full shifts; one added up from the file', async (folder) => {
  const file = 'flotation_plant_hourly.csv';
  const example = await openExample('flotation', [join(folder, file)]);
  expect(warningsOf(example)).toEqual([]);
  const sheets = settleDays(example, '2017-03-29', '2017-09-10');
  const full = sheets.filter(({ counted }) => counted?.complete && counted.outputs[0]?.quantity.basis === 'measured');
  expect(full.length).toBe(493);
  const sheet = full.find(({ shift }) => formatDay(shift.day) === '2017-06-01' && shift.code === '夜')!;
  // The night shift of 1 June: eight rows of the file, 20:00 to 03:00.
  const rows = rowsOf(folder, file).filter(
    ({ date }) => date! >= '2017-06-01 20:00:00' && date! <= '2017-06-02 03:00:00',
  );
  expect(rows.length).toBe(8);
  const sum = (column: string): number => rows.reduce((all, row) => all + Number(row[column]), 0);
  const made = (stream: string): number => total([sheet], stream);
  expect(made('pulp')).toBeCloseTo(sum('Ore Pulp Flow'), 2);
  expect(made('starch')).toBeCloseTo(sum('Starch Flow'), 1);
  expect(made('amina')).toBeCloseTo(sum('Amina Flow'), 1);
  const pulp = sum('Ore Pulp Flow');
  const fen = (yuan: number): number => Math.round(yuan * 100);
  const lines = Object.fromEntries(sheet.counted!.lines.map((line) => [line.key, line.fen]));
  // Flows are rounded to 0.001 when read, quantities to 0.01 kg: within a few fen of the unrounded file.
  expect(Math.abs(lines['usage.starch']! - fen((7.163 * pulp - sum('Starch Flow')) * 0.9))).toBeLessThanOrEqual(3);
  expect(Math.abs(lines['usage.amina']! - fen((1.23 * pulp - sum('Amina Flow')) * 6))).toBeLessThanOrEqual(6);
  const silica = sum('% Silica Concentrate') / 8;
  const premium = Math.round(((2.32 - silica) / 100) * 180 * 1e4) / 1e4;
  expect(Math.abs(lines['quality.silica']! - fen(premium * pulp))).toBeLessThanOrEqual(3200 * 0.01);
  const day3 = sheets.filter(({ shift }) => formatDay(shift.day) === '2017-06-01');
  await expectGolden('flotation', 'sheets', day3.map(sheetRecord));
  await expectGolden('flotation', 'ranking', boardRecords(rankDay(example, '2017-06-01')));
});

testWithRealData(
  'steel: every quarter of an hour once; a day by tariff bands added up from the file',
  async (folder) => {
    const file = 'Steel_industry_data.csv';
    const example = await openExample('steel', [join(folder, file)]);
    // The file holds no output: the one warning that is intended.
    expect(warningsOf(example)).toEqual(['warning no-load']);
    const rows = rowsOf(folder, file);
    const sheets = settleDays(example, '2018-03-14', '2018-03-14');
    const bandOf = (minute: number): string => {
      const hour = minute / 60;
      if ((hour >= 10 && hour < 12) || (hour >= 13 && hour < 17)) return 'peak';
      return hour >= 23 || hour < 9 ? 'valley' : 'flat';
    };
    const sums: Record<string, number> = { peak: 0, flat: 0, valley: 0 };
    // A stamp ends its quarter; the row of 00:00 of this very date closes it.
    for (const { date, Usage_kWh } of rows) {
      const [on, time = ''] = date!.split(' ');
      const [hour = 0, minute = 0] = time.split(':').map(Number);
      if (on !== '14/03/2018') continue;
      const end = hour * 60 + minute === 0 ? 1440 : hour * 60 + minute;
      sums[bandOf(end - 15)]! += Math.round(Number(Usage_kWh) * 100);
    }
    const used: Record<string, number> = { peak: 0, flat: 0, valley: 0 };
    for (const { band, used: steps } of sheets.flatMap((sheet) => sheet.counted!.inputs[0]!.bands))
      used[band]! += steps;
    expect(used).toEqual(sums);
    const all = settleDays(example, '2018-01-01', '2018-12-31');
    expect(all.length).toBe(365 * 3);
    expect(total(all, 'power')).toBeCloseTo(
      rows.reduce((sum, row) => sum + Number(row.Usage_kWh), 0),
      3,
    );
    expect(total(all, 'carbon')).toBeCloseTo(
      rows.reduce((sum, row) => sum + Number(row['CO2(tCO2)']), 0),
      6,
    );
    await expectGolden('steel', 'sheets', sheets.map(sheetRecord));
    await expectGolden('steel', 'ranking', boardRecords(rankDay(example, '2018-03-14')));
  },
);

testWithRealData('garments: means and ranks of the teams; the absurd target is told by itself', async (folder) => {
  const file = 'garments_worker_productivity.csv';
  const example = await openExample('garments', [join(folder, file)]);
  expect(warningsOf(example)).toEqual([]);
  const sheets = settleDays(example, '2015-01-01', '2015-03-11');
  const complete = sheets.filter(({ counted }) => counted?.complete);
  expect(complete.length).toBe(691);

  // Independently: straight from the file, in plain arithmetic.
  const teams = new Map<string, { days: number; actual: number; over: number }>();
  for (const { team, department, actual_productivity, targeted_productivity } of rowsOf(folder, file)) {
    if (department!.trim() !== 'sweing') continue;
    const one = teams.get(`team-${team}`) ?? { days: 0, actual: 0, over: 0 };
    one.days += 1;
    one.actual += Number(actual_productivity);
    one.over += Number(actual_productivity) - Number(targeted_productivity);
    teams.set(`team-${team}`, one);
  }
  expect(teams.size).toBe(12);
  for (const [team, { days, actual }] of teams) {
    const own = complete.filter(({ shift }) => shift.unit === team);
    expect(own.length).toBe(days);
    expect(total(own, 'actual') / own.length).toBeCloseTo(actual / days, 12);
  }
  const period = { kind: 'quarter', first: day('2015-01-01'), last: day('2015-03-31') } as const;
  const [board] = rankTeams(example.plant, period, sheets);
  const unitOf = (team: string): string => team.slice(0, team.indexOf('/'));
  const ranked = [...teams].sort(([, a], [, b]) => b.over / b.days - a.over / a.days).map(([team]) => team);
  expect(board!.rows.map(({ team }) => unitOf(team))).toEqual(ranked);
  expect(board!.rows.map(({ rank }) => rank)).toEqual(ranked.map((_, i) => i + 1));
  for (const row of board!.rows) {
    const { over, days } = teams.get(unitOf(row.team))!;
    // Amounts are rounded to fen day by day.
    expect(Math.abs(row.gainFen - over * 100_000)).toBeLessThanOrEqual(days);
  }

  const odd = sheets.flatMap(({ shift, notices }) =>
    notices
      .filter(({ code }) => code === 'odd-figure')
      .map(({ point, args }) => `${formatDay(shift.day)} ${point} ${args?.value}, median ${args?.median}`),
  );
  expect(odd).toEqual(['2015-02-05 TARGET-7 0.07, median 0.75']);
  const february = sheets.filter(({ shift }) => formatDay(shift.day) === '2015-02-05');
  await expectGolden('garments', 'sheets', february.map(sheetRecord));
  await expectGolden('garments', 'ranking', boardRecords([board!]));
});
