// What each command does with a request that was understood: opens the folder, settles, ranks or explains, and gives the
// text to print with the exit code. The domain does the work; the printing is beside, one file a command.
import { mkdir, readdir } from 'node:fs/promises';
import { type Day, formatDay, monthHolding, type Plant, parseDay } from '../plant.ts';
import { type Board, type Period, type PeriodKind, periodHolding, rankTeams } from '../ranking.ts';
import { isAsked } from '../report/explained.ts';
import { fill, type Language, type Refusal, sayRefusal, WORDS } from '../words/say.ts';
import { runBackup, runExport, runRestore } from './backup.ts';
import { runBundle } from './bundle.ts';
import { checkFolder, exitCodeOf, type Format, printChecked } from './check.ts';
import { EXIT } from './exit-codes.ts';
import { explainCsv, explainJson, explainText } from './explain.ts';
import { runImport, runRetire, runVerify } from './keep.ts';
import { asOfOption, dayOption, daysOf, monthOption, type Opened, type Option, openFolder, Settler } from './opened.ts';
import type { CommandName, Request } from './options.ts';
import { boardsCsv, boardsJson, boardsText } from './rank.ts';
import { runServe, runStart, runWork } from './serve.ts';
import { sheetsCsv, sheetsJson, sheetsText } from './settle.ts';
import { writeRefinery, writeSmall } from './simulated.ts';

/** What to print on standard output and on standard error, and the exit code. */
export interface Answer {
  readonly text: string;
  readonly refused?: string;
  readonly exitCode: number;
}

const formatOf = (request: Request): Format => (request.values('--format')[0] ?? 'text') as Format;

function refuse(refusal: Refusal, args: Record<string, string>, language: Language): Answer {
  return { text: '', refused: `crewledger: ${sayRefusal(refusal, args, language)}\n`, exitCode: EXIT.usage };
}

/** The days that readings cover, as people write them. */
const daysText = (days: { first: Day; last: Day } | undefined): { first: string; last: string } => ({
  first: days ? formatDay(days.first) : '',
  last: days ? formatDay(days.last) : '',
});

const unitNames = (plant: Plant): string => {
  const all = [...plant.units.keys()];
  return all.length > 8 ? `${all.slice(0, 8).join(', ')} …` : all.join(', ');
};

const refuseOption = (option: Option<unknown> & { ok: false }, language: Language): Answer =>
  refuse('bad-value', { option: option.option, found: option.found, value: option.wanted }, language);

/** Opens the folder a request names and asks for the books as of its instant. */
async function open(request: Request, language: Language): Promise<{ opened: Opened; settler: Settler } | Answer> {
  const opening = await openFolder(request.operands[0] as string, request.values('--readings'), language);
  if (!opening.ok) return { text: '', exitCode: opening.exitCode };
  const asOf = asOfOption(request, opening.opened.plant);
  if (!asOf.ok) return refuseOption(asOf, language);
  return { opened: opening.opened, settler: new Settler(opening.opened, asOf.value) };
}

/** Done, unless a row of readings was refused: then the answer stands on the others, and the code says so. */
const doneWith = ({ problems }: Opened, text: string): Answer => ({ text, exitCode: exitCodeOf(problems) });

async function settle(request: Request, language: Language): Promise<Answer> {
  const found = await open(request, language);
  if ('exitCode' in found) return found;
  const { opened, settler } = found;
  const { plant, log } = opened;
  const [from, to] = [dayOption(request, '--from'), dayOption(request, '--to')];
  for (const option of [from, to]) if (!option.ok) return refuseOption(option, language);
  const [unitId] = request.values('--unit');
  const unit = unitId === undefined ? undefined : plant.units.get(unitId);
  if (unitId !== undefined && !unit)
    return refuse('option-choice', { option: '--unit', found: unitId, choices: unitNames(plant) }, language);
  const covered = daysOf(plant, log);
  const first = (from.ok ? from.value : undefined) ?? covered?.first;
  const last = (to.ok ? to.value : undefined) ?? covered?.last;
  if (first === undefined || last === undefined) {
    const option = first === undefined ? '--from' : '--to';
    return refuse('missing-option', { command: 'settle', option, value: '2022-03-01' }, language);
  }
  if (first > last)
    return refuse('no-such-days', { from: formatDay(first), to: formatDay(last), ...daysText(covered) }, language);
  const sheets = settler.between(first, last, unit && [unit], language === 'zh' ? '核算' : 'settling');
  const postings = settler.postings(first, last);
  const text = {
    text: () => sheetsText(plant, sheets, postings, language),
    json: () => sheetsJson(settler.books, sheets, postings),
    csv: () => sheetsCsv(sheets, postings),
  };
  return doneWith(opened, text[formatOf(request)]());
}

const PERIODS: readonly (readonly [`--${string}`, PeriodKind])[] = [
  ['--day', 'day'],
  ['--week', 'week'],
  ['--to-date', 'month-to-date'],
  ['--quarter', 'quarter'],
  ['--year', 'year'],
];

function periodOf(request: Request, plant: Plant, fallback: Day | undefined): Option<Period | undefined> {
  const month = monthOption(request, plant);
  if (!month.ok) return month;
  if (month.value) return { ok: true, value: { kind: 'month', first: month.value.first, last: month.value.last } };
  for (const [name, kind] of PERIODS) {
    const day = dayOption(request, name);
    if (!day.ok) return day;
    if (day.value !== undefined) return { ok: true, value: periodHolding(plant, kind, day.value) };
  }
  return { ok: true, value: fallback === undefined ? undefined : periodHolding(plant, 'day', fallback) };
}

/** The boards of a period: its sheets, the sheets of the month before it (for medians), and the postings dated in it. */
export function boardsOf(settler: Settler, period: Period, language: Language): ReturnType<typeof rankTeams> {
  const { plant } = settler.books;
  const before = monthHolding(monthHolding(period.first, plant.monthStartsOn).first - 1, plant.monthStartsOn);
  const what = language === 'zh' ? '核算' : 'settling';
  const sheets = settler.between(period.first, period.last, undefined, what);
  const weak = sheets.some((sheet) => sheet.counted?.lines.some((line) => line.weakMs > 0));
  const unlike = [...plant.leagues.values()].some((league) => league.unlike);
  const prior = weak || unlike ? settler.between(before.first, before.last, undefined, what) : [];
  return rankTeams(plant, period, sheets, prior, settler.postings(period.first, period.last));
}

async function rank(request: Request, language: Language): Promise<Answer> {
  const found = await open(request, language);
  if ('exitCode' in found) return found;
  const { opened, settler } = found;
  const given = [...PERIODS.map(([name]) => name), '--month' as const].filter(
    (name) => request.values(name).length > 0,
  );
  if (given.length > 1) return refuse('options-clash', { option: given[0] ?? '', other: given[1] ?? '' }, language);
  const covered = daysOf(opened.plant, opened.log);
  const period = periodOf(request, opened.plant, covered?.lastWhole);
  if (!period.ok) return refuseOption(period, language);
  if (!period.value)
    return refuse('missing-option', { command: 'rank', option: '--day', value: '2022-03-01' }, language);
  const boards = boardsOf(settler, period.value, language);
  const text = {
    text: () => boardsText(opened.plant, boards, language) + noFigures(boards, daysText(covered), language),
    json: () => boardsJson(boards),
    csv: () => boardsCsv(boards),
  };
  return doneWith(opened, text[formatOf(request)]());
}

/** Said below boards without a single counted hour: most likely other days were meant. */
function noFigures(boards: readonly Board[], days: { first: string; last: string }, language: Language): string {
  if (boards.some(({ rows }) => rows.some((row) => row.hours.n !== 0n))) return '';
  return `${fill(WORDS[language].shift.heading.none, days, WORDS[language])}\n`;
}

async function explain(request: Request, language: Language): Promise<Answer> {
  const found = await open(request, language);
  if ('exitCode' in found) return found;
  const { opened, settler } = found;
  const { plant } = opened;
  const day = dayOption(request, '--day');
  if (!day.ok) return refuseOption(day, language);
  const [unitId = plant.units.size === 1 ? [...plant.units.keys()][0] : undefined] = request.values('--unit');
  const unit = plant.units.get(unitId ?? '');
  const lacks = (option: string, value: string, choices: string): Answer =>
    refuse('missing-option', { command: 'explain', option, value, choices }, language);
  if (!unit)
    return unitId === undefined
      ? lacks('--unit', [...plant.units.keys()][0] ?? '', unitNames(plant))
      : refuse('option-choice', { option: '--unit', found: unitId, choices: unitNames(plant) }, language);
  if (day.value === undefined) {
    const { first, last } = daysText(daysOf(plant, opened.log));
    return lacks('--day', last || '2022-03-01', first && `${first} … ${last}`);
  }
  const shifts = settler.books.shiftsOn(unit, day.value);
  const codes = shifts.map((s) => s.code).join(', ');
  const [code] = request.values('--shift');
  if (code === undefined && shifts[0]) return lacks('--shift', shifts[0].code, codes);
  const shift = shifts.find((s) => s.code === code);
  if (!shift)
    return refuse('no-such-shift', { day: formatDay(day.value), found: code ?? '', choices: codes }, language);
  const sheet = settler.settle(shift);
  const [asked] = request.values('--line');
  const keys = [sheet.counted, sheet.excluded].flatMap((part) => part?.lines.map((line) => line.key) ?? []);
  const meant = [...new Set(keys.filter((known) => asked !== undefined && isAsked(known, asked)))];
  if (asked !== undefined && meant.length === 0)
    return refuse(
      'option-choice',
      { option: '--line', found: asked, choices: [...new Set(keys)].join(', ') },
      language,
    );
  const key = meant.length === 1 ? meant[0] : asked;
  const { books } = settler;
  // The month so far tells what is usual: for the range of what is missing, and for the ladder.
  const month = monthHolding(day.value, plant.monthStartsOn);
  const history = settler.between(
    month.first,
    Math.min(month.last, daysOf(plant, opened.log)?.last ?? day.value),
    undefined,
    language === 'zh' ? '核算' : 'settling',
  );
  const text = {
    text: () => explainText(books, sheet, key, language, history),
    json: () => explainJson(books, sheet, key, language),
    csv: () => explainCsv(books, sheet, key, language),
  };
  return doneWith(opened, text[formatOf(request)]());
}

function countOption(request: Request, name: `--${string}`, fallback: number, most: number, least = 1): Option<number> {
  const found = request.values(name)[0] ?? String(fallback);
  const value = Number(found);
  return /^\d+$/.test(found) && value >= least && value <= most
    ? { ok: true, value }
    : { ok: false, option: name, found, wanted: `${least} … ${most}` };
}

async function simulate(request: Request, language: Language): Promise<Answer> {
  const options = [
    countOption(request, '--seed', 2022, 2 ** 31),
    countOption(request, '--teams', 8, 190, 8),
    countOption(request, '--days', 31, 365),
    countOption(request, '--minute-days', 0, 31, 0),
  ];
  for (const option of options) if (!option.ok) return refuseOption(option, language);
  const [seed, teams, days, minuteDays] = options.map((option) => (option.ok ? option.value : 0)) as [
    number,
    number,
    number,
    number,
  ];
  const from = dayOption(request, '--from');
  if (!from.ok) return refuseOption(from, language);
  const first = from.value ?? (parseDay('2022-03-01') as Day);
  const yearEnd = parseDay('2022-12-31') as Day;
  const refinery = (request.values('--plant')[0] ?? 'refinery') === 'refinery';
  const others = (['--teams', '--from', '--days', '--minute-days'] as const).filter(
    (o) => request.values(o).length > 0,
  );
  if (!refinery && others[0]) return refuse('options-clash', { option: '--plant small', other: others[0] }, language);
  if (refinery && (first < (parseDay('2022-01-01') as Day) || first > yearEnd))
    return refuse('bad-value', { option: '--from', found: formatDay(first), value: '2022-03-01' }, language);
  if (refinery && first + days - 1 > yearEnd)
    return refuse(
      'bad-value',
      { option: '--days', found: String(days), value: `1 … ${yearEnd - first + 1}` },
      language,
    );
  if (minuteDays > days)
    return refuse('bad-value', { option: '--minute-days', found: String(minuteDays), value: `0 … ${days}` }, language);
  const folder = request.operands[0] as string;
  let last = formatDay(first + days - 1);
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length > 0) return refuse('folder-not-empty', { found: folder }, language);
    if (refinery) await writeRefinery(folder, { teams, from: formatDay(first), days, seed, minuteDays });
    else last = await writeSmall(folder, seed);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { ...refuse('cannot-write', { found: folder, reason: code }, language), exitCode: EXIT.cannotWrite };
  }
  const told =
    language === 'zh'
      ? `已写出一个模拟企业（数据是编的）：${folder}\n接着可以试：`
      : `A synthetic plant was written to ${folder}. Try next:`;
  const named = /^[\w./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`;
  const next = [`check ${named}`, `settle ${named} --from ${last} --to ${last}`, `rank ${named} --to-date ${last}`];
  return { text: [told, ...next.map((line) => `  crewledger ${line}`), ''].join('\n'), exitCode: EXIT.ok };
}

async function check(request: Request, language: Language): Promise<Answer> {
  const checked = await checkFolder(request.operands[0] as string, request.values('--readings'));
  return { text: printChecked(checked, formatOf(request), language), exitCode: exitCodeOf(checked.problems) };
}

export const RUN: Readonly<Record<CommandName, (request: Request, language: Language) => Promise<Answer>>> = {
  check,
  settle,
  rank,
  explain,
  simulate,
  start: runStart,
  serve: runServe,
  work: runWork,
  import: runImport,
  verify: runVerify,
  retire: runRetire,
  backup: runBackup,
  restore: runRestore,
  export: runExport,
  bundle: runBundle,
};
