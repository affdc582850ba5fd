// Spreadsheets over HTTP: templates out, tables in. A file is judged row by row; what can be taken is, and all else is told with
// sheet, row, column and cure. What a row means stands in src/work/files.ts; who may bring which row is asked here.
import { createHash } from 'node:crypto';
import {
  KINDS,
  readablePoints,
  readTemplate,
  type TableReading,
  TEMPLATES,
  templateOf,
  wideTemplate,
} from '../connect/templates.ts';
import { allTeams, type Plant, parseDay } from '../plant.ts';
import { formatRatio } from '../quantity.ts';
import { unitPoints } from '../statement.ts';
import { standingAttendance } from '../store/attendance.ts';
import { type Database, stamp, type Transaction } from '../store/database.ts';
import { listHistory as readHistory } from '../store/history.ts';
import { readClock } from '../store/plants.ts';
import { fill, WORDS } from '../words/say.ts';
import { bringTable, type Intake, ModelRefused, StaleModel, standingRows, wallText } from '../work/files.ts';
import type { Access } from './access.ts';
import {
  BRING,
  type BringContract,
  FILE_KINDS,
  getTemplate,
  listAttendance,
  listHistory,
  REPORT,
  type ReportContract,
  type Told,
  XLSX,
} from './contract/files.ts';
import type { Action } from './contract.ts';
import { makeCursor, pageOf, readCursor } from './cursor.ts';
import { type Domain, refuseRows } from './domain.ts';
import { bringPeople, type PeopleTable } from './files-people.ts';
import { reportOf, toldProblem } from './files-report.ts';
import { Refused, refuse } from './problem.ts';
import { plantOf } from './readings.ts';
import { type Call, type Route, route } from './route.ts';
import { todayOf } from './service.ts';

type Kind = keyof typeof FILE_KINDS;

const TOLD_MAX = 1000;
/** More rows do not fit one file; a workbook takes its time to be written. */
const ROWS_MAX = { xlsx: 20_000, csv: 200_000 } as const;
const RANGE_DAYS_MAX = 400;
const HOUR_MS = 3_600_000;

/** A file as it was read and judged. */
interface Judged {
  readonly table: Extract<TableReading, { ok: true }>;
  readonly intake: Intake;
  readonly told: readonly Told[];
  readonly file: { readonly name: string; readonly hash: string };
}

/** What files need: the models in force, and the register's table; without it people are neither brought nor sent. */
interface FileDomain extends Pick<Domain, 'plants'> {
  readonly people?: PeopleTable;
}

export function fileRoutes(domain: FileDomain): Route[] {
  return [
    templateRoute(domain),
    ...KINDS.flatMap((kind) => [bringRoute(domain, kind), reportRoute(domain, kind)]),
    historyRoute,
    attendanceRoute,
  ];
}

// ── in ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const bringRoute = (domain: FileDomain, kind: Kind): Route =>
  route(BRING[kind]).write(async (call, tx) => {
    const { dryRun = false } = call.query;
    const judged = await judge(domain, kind, call, tx, dryRun);
    if (judged instanceof Refused) return judged;
    const { intake, told, file } = judged;
    const { taken, same, version, fromDay, learnt } = intake;
    const refused = intake.refused.size;
    if (!dryRun)
      await call.audit(tx, {
        action: 'files.bring',
        object: ['file', file.hash],
        after: { kind, name: file.name, taken, same, refused, version, fromDay },
      });
    return {
      status: dryRun ? 200 : 201,
      body: {
        kind,
        dryRun,
        file,
        taken,
        same,
        refused,
        ...(version === undefined ? {} : { version }),
        ...(fromDay === undefined ? {} : { fromDay }),
        ...(learnt === undefined ? {} : { learnt: stamp(learnt) }),
        problems: told.slice(0, TOLD_MAX),
        more: Math.max(0, told.length - TOLD_MAX),
      },
    };
  });

const reportRoute = (domain: FileDomain, kind: Kind): Route =>
  route(REPORT[kind]).own(async (call, db: Database) => {
    const judged = await db.transaction((tx) => judge(domain, kind, call, tx, true));
    if (judged instanceof Refused) return judged;
    const body = await reportOf(judged.table, judged.told, call.language);
    const name = `${TEMPLATES[kind].name[call.language]}-${WORDS[call.language].files.report.refused}.xlsx`;
    return { body, mediaType: XLSX, headers: attached(name) };
  });

async function judge(
  { plants, people }: FileDomain,
  kind: Kind,
  call: Call<BringContract> | Call<ReportContract>,
  tx: Transaction,
  dryRun: boolean,
): Promise<Judged | Refused> {
  const { body, query, access, language, person, service } = call;
  const plant = plantOf(plants);
  const read = readTemplate(kind, body, plant);
  if (!read.ok) {
    const [happened, cure] = WORDS[language].files.file[read.fault].map((one) => fill(one, read.args, WORDS[language]));
    return refuse('bad-file', { happened: happened!, cure: cure! });
  }
  if (query.from !== undefined && parseDay(query.from) === undefined) return refuse('bad-day', { found: query.from });
  if (kind === 'people' && !people) return refuse('not-found', { kind: 'file', found: kind });
  const file = {
    name: query.name ?? TEMPLATES[kind].name[language],
    hash: createHash('sha256').update(body).digest('hex'),
  };
  const { action } = FILE_KINDS[kind];
  const bringing = {
    teacher: { db: service.db, plants },
    tx,
    plant,
    by: person,
    file,
    dryRun,
    fromDay: query.from,
    mayPoint: mayPoint(plant, access, action),
    mayTeam: (team: string) => access.may(action, { kind: 'team', id: team }),
  };
  try {
    const intake =
      kind === 'people' ? await bringPeople(people!, call, tx, read, dryRun) : await bringTable(kind, bringing, read);
    const told = intake.problems.map((problem) => toldProblem(problem, language));
    return refusedWhole(intake, told) ?? { table: read, intake, told, file };
  } catch (error) {
    if (error instanceof ModelRefused) return refuseRows(error.problems, language, 'bad-model');
    if (error instanceof StaleModel) return refuse('base-version-changed');
    throw error;
  }
}

/** A file of which nothing could even be judged is refused; one with good and bad rows is answered row by row. */
function refusedWhole({ taken, same, refused }: Intake, told: readonly Told[]): Refused | undefined {
  const whole = told.filter(({ row, severity }) => row === 0 && severity === 'error');
  const [first] = whole;
  if (!first || taken + same + refused.size > 0) return undefined;
  const fields = whole.map(({ sheet, happened, cure }) => ({
    field: `body/${sheet}`,
    fault: 'told' as const,
    args: { happened, cure },
  }));
  return refuse('bad-file', { happened: first.happened, cure: first.cure }, fields);
}

/** A point is brought by whoever may do so in a unit that reads it; one that no unit reads, by whoever may everywhere. */
function mayPoint(plant: Plant, access: Access, action: Action): (point: string) => boolean {
  const open = new Set(
    [...plant.units.values()]
      .filter(({ id }) => access.may(action, { kind: 'unit', id }))
      .flatMap((unit) => [...unitPoints(plant, unit)]),
  );
  return (point) => open.has(point) || access.may(action, { kind: 'plant' });
}

// ── out ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const templateRoute = ({ plants, people }: FileDomain): Route =>
  route(getTemplate).read(async (call, db) => {
    const { params, query, access, plantId } = call;
    const { kind } = params;
    const { action } = FILE_KINDS[kind];
    if (!access.somewhere(action) && !access.somewhere('files.export')) return refuse('not-allowed', { action });
    const plant = plantOf(plants);
    if (query.unit !== undefined && !plant.units.has(query.unit))
      return refuse('not-found', { kind: 'unit', found: query.unit });
    const { format = 'xlsx', lang = call.language } = query;
    const limit = ROWS_MAX[format];
    const { now } = await readClock(db, plantId);
    const range = rangeOf(plant, query.from, query.to, now);
    if (!range) return refuse('bad-day', { found: `${query.from ?? ''} ${query.to ?? ''}` });
    const points = readPoints(kind, plant, access, query.unit);
    const filled = query.filled === true || kind === 'standards';
    const teams = access.teams('files.export');
    const asked = {
      plants,
      plant,
      ...range,
      points,
      teams: teams === 'all' ? undefined : [...teams],
      limit: limit + 1,
    };
    const rows = !filled
      ? []
      : kind === 'people'
        ? ((await people?.exportPeople(db, plantId, access, todayOf(call.service))) ?? [])
        : await standingRows(db, kind, asked);
    if (rows.length > limit) return refuse('too-many-rows', { limit });
    const name = `${TEMPLATES[kind].name[lang]}.${format}`;
    const body =
      kind === 'readings' && query.wide === true
        ? await wideTemplate(
            plant,
            readablePoints(plant, query.unit).filter((id) => points.includes(id)),
            wideRows(rows, plant, query.from, range),
            lang,
            format,
          )
        : await templateOf(kind, plant, rows, lang, format);
    return { body, mediaType: format === 'csv' ? 'text/csv; charset=utf-8' : XLSX, headers: attached(name) };
  });

/** The points whose readings or samples the caller may see. */
function readPoints(kind: Kind, plant: Plant, access: Access, unit: string | undefined): string[] {
  const units = access.units(kind === 'samples' ? 'facts.read' : 'readings.read');
  const seen = [...plant.units.values()].filter(
    ({ id }) => (units === 'all' || units.has(id)) && (unit === undefined || id === unit),
  );
  const of = new Set(seen.flatMap((one) => [...unitPoints(plant, one)]));
  return plant.points.map(({ id }) => id).filter((id) => of.has(id) || (units === 'all' && unit === undefined));
}

/** From the beginning of a day to the end of another; the last seven days when nothing is said. */
function rangeOf(
  plant: Plant,
  from: string | undefined,
  to: string | undefined,
  now: number,
): { from: number; to: number } | undefined {
  const last = to === undefined ? plant.zone.dayAt(now) : parseDay(to);
  const first = from === undefined ? (last ?? 0) - 6 : parseDay(from);
  if (first === undefined || last === undefined || last < first || last - first > RANGE_DAYS_MAX) return undefined;
  return { from: plant.zone.at(first, 0).at, to: plant.zone.at(last + 1, 0).at };
}

type Wide = { time: string; values: Record<string, string> };

/** What stands, side by side; with a day and nothing standing, its hours to be filled in. */
function wideRows(
  rows: readonly Readonly<Record<string, string>>[],
  plant: Plant,
  day: string | undefined,
  range: { from: number; to: number },
): Wide[] {
  const byTime = new Map<string, Wide>();
  for (const { time = '', point = '', value = '' } of rows) {
    const wide = byTime.get(time) ?? { time, values: {} };
    wide.values[point] = value;
    byTime.set(time, wide);
  }
  if (byTime.size > 0 || day === undefined) return [...byTime.values()];
  const hours = Math.min(24, Math.ceil((range.to - range.from) / HOUR_MS));
  return Array.from({ length: hours + 1 }, (_, i) => ({ time: wallText(range.from + i * HOUR_MS, plant), values: {} }));
}

const attached = (name: string): Record<string, string> => ({
  'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
});

// ── what files left ────────────────────────────────────────────────────────────────────────────────────────────────

const historyRoute: Route = route(listHistory).read(async ({ plantId, plant, access, query }, db) => {
  const { limit = 50, from, to, team } = query;
  const [before] = readCursor('history', query.cursor, ['number']) ?? [];
  const rows = await readHistory(
    db,
    plantId,
    { from, to, team, before: before === undefined ? undefined : Number(before) },
    limit + 1,
  );
  const seen = access.teams('files.export');
  const body = pageOf(
    rows,
    limit,
    ({ entry, period, team: called, gainFen, lines, file, sheet, row, broughtBy, broughtAt }) => ({
      entry,
      state: 'unverified' as const,
      period,
      team: called,
      gainFen,
      lines,
      file: file.name,
      hash: file.hash,
      sheet,
      row,
      ...(broughtBy === undefined ? {} : { broughtBy }),
      broughtAt: stamp(broughtAt),
    }),
    (last) => makeCursor('history', last.entry),
  );
  // A team that is called so no longer is seen by whoever sees all.
  return {
    body: { ...body, items: body.items.filter((one) => seen === 'all' || seen.has(teamCalled(plant, one.team))) },
  };
});

const teamCalled = (plant: Plant, called: string): string =>
  [...allTeams(plant).values()].find(({ id, name }) => [id, name.zh, name.en].includes(called))?.id ?? '';

const attendanceRoute: Route = route(listAttendance).read(async ({ plantId, access, query }, db) => {
  const { limit = 50, from, to, team } = query;
  const [day, entry] = readCursor('attendance', query.cursor, ['string', 'number']) ?? [];
  if (parseDay(from) === undefined || parseDay(to) === undefined) return refuse('bad-day', { found: `${from} ${to}` });
  const seen = access.teams('files.export');
  const teams = team !== undefined ? [team] : seen === 'all' ? undefined : [...seen];
  const after = day === undefined ? undefined : { day: String(day), entry: Number(entry) };
  const rows = await standingAttendance(db, plantId, { from, to, teams, after }, limit + 1);
  return {
    body: pageOf(
      rows,
      limit,
      (row) => ({
        entry: row.entry,
        person: row.person,
        ...(row.staffNumber === undefined ? {} : { staffNumber: row.staffNumber }),
        day: row.day,
        shift: row.shift,
        team: row.team,
        kind: row.kind,
        hours: formatRatio({ n: BigInt(row.hours), d: 100n }, 2),
        ...(row.insteadOf === undefined ? {} : { insteadOf: row.insteadOf }),
        reason: row.reason,
        recordedAt: stamp(row.recordedAt),
        ...(row.author === undefined ? {} : { author: row.author }),
      }),
      (last) => makeCursor('attendance', last.day, last.entry),
    ),
  };
});
