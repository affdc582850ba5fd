// How shifts stand by their latest vouchers, running shifts as drafts, and the sums that boards are made of. All of it can be
// made again from the vouchers; it is kept so that nothing has to be.
import type { PackedSheet, PackedTally } from '../ranking.ts';
import type { Posting } from '../statement.ts';
import { type Queryable, stamp } from './database.ts';

/** How a shift stands, without what ranking needs of it. */
export interface Standing {
  readonly day: string;
  readonly unit: string;
  readonly shift: string;
  readonly team: string;
  readonly crew: string;
  readonly starts: number;
  readonly ends: number;
  readonly voucher: number;
  readonly version: number;
  readonly state: string;
  readonly asOf: number;
  readonly complete: boolean;
  readonly gainFen: number | undefined;
  readonly companyFen: number | undefined;
  readonly recordHash: string;
}

interface RawStanding {
  readonly day: string;
  readonly unit: string;
  readonly shift: string;
  readonly team: string;
  readonly crew: string;
  readonly starts: number;
  readonly ends: number;
  readonly voucher: number;
  readonly version: number;
  readonly state: string;
  readonly as_of: number;
  readonly complete: boolean;
  readonly gain_fen: number | null;
  readonly company_fen: number | null;
  readonly record_hash: string;
}

const COLUMNS = `day, unit, shift, team, crew, starts, ends, voucher, version, state, as_of, complete, gain_fen, company_fen, record_hash`;
const RANKED =
  '(select v.ranked from vouchers v where v.plant_id = standings.plant_id and v.voucher = standings.voucher) as ranked';

const standingOf = ({ as_of, gain_fen, company_fen, record_hash, ...rest }: RawStanding): Standing => ({
  ...rest,
  asOf: as_of,
  gainFen: gain_fen ?? undefined,
  companyFen: company_fen ?? undefined,
  recordHash: record_hash,
});

export async function putStandings(tx: Queryable, plantId: number, rows: readonly Standing[]): Promise<void> {
  for (let first = 0; first < rows.length; first += 2000) {
    const some = rows.slice(first, first + 2000);
    const column = (cell: (row: Standing) => string | number | boolean | undefined): never =>
      some.map((row) => cell(row) ?? null) as never;
    await tx.rows(
      `insert into standings (plant_id, ${COLUMNS})
       select $1, * from unnest($2::date[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[],
         $9::bigint[], $10::int[], $11::text[], $12::timestamptz[], $13::boolean[], $14::bigint[], $15::bigint[], $16::text[])
       on conflict (plant_id, day, unit, shift) do update set team = excluded.team, crew = excluded.crew, starts = excluded.starts,
         ends = excluded.ends, voucher = excluded.voucher, version = excluded.version, state = excluded.state,
         as_of = excluded.as_of, complete = excluded.complete, gain_fen = excluded.gain_fen, company_fen = excluded.company_fen,
         record_hash = excluded.record_hash`,
      plantId,
      column((r) => r.day),
      column((r) => r.unit),
      column((r) => r.shift),
      column((r) => r.team),
      column((r) => r.crew),
      column((r) => stamp(r.starts)),
      column((r) => stamp(r.ends)),
      column((r) => r.voucher),
      column((r) => r.version),
      column((r) => r.state),
      column((r) => stamp(r.asOf)),
      column((r) => r.complete),
      column((r) => r.gainFen),
      column((r) => r.companyFen),
      column((r) => r.recordHash),
    );
  }
}

export interface AskedStandings {
  readonly from?: string;
  readonly to?: string;
  readonly units?: readonly string[];
  readonly teams?: readonly string[];
  readonly state?: string;
  /** Besides those of the days, those of a state, whatever their day. */
  readonly orState?: string;
}

/** Standings of some days, units, teams or state, in order of day, start and unit. */
export async function readStandings(db: Queryable, plantId: number, asked: AskedStandings): Promise<Standing[]> {
  const rows = await db.rows<RawStanding>(
    `select ${COLUMNS} from standings
      where plant_id = $1 and ((($2::date is null or day >= $2) and ($3::date is null or day <= $3)) or state = $7)
        and ($4::text[] is null or unit = any($4)) and ($5::text[] is null or team = any($5))
        and ($6::text is null or state = $6)
      order by day, starts, unit`,
    plantId,
    asked.from ?? null,
    asked.to ?? null,
    asked.units ?? null,
    asked.teams ?? null,
    asked.state ?? null,
    asked.orState ?? null,
  );
  return rows.map(standingOf);
}

/** What ranking needs of the sheets of some days and teams, in order of day, start and unit. */
export async function readRanked(db: Queryable, plantId: number, asked: AskedStandings): Promise<PackedSheet[]> {
  const rows = await db.rows<{ ranked: PackedSheet }>(
    `select ${RANKED} from standings
      where plant_id = $1 and ($2::date is null or day >= $2) and ($3::date is null or day <= $3)
        and ($4::text[] is null or team = any($4))
      order by day, starts, unit`,
    plantId,
    asked.from ?? null,
    asked.to ?? null,
    asked.teams ?? null,
  );
  return rows.map(({ ranked }) => ranked);
}

/** The same as it was posted by an instant. */
export async function readRankedAsOf(
  db: Queryable,
  plantId: number,
  asked: { readonly from: string; readonly to: string; readonly asOf: number },
): Promise<PackedSheet[]> {
  const rows = await db.rows<{ ranked: PackedSheet }>(
    `select ranked from (
       select distinct on (key) key, day, ranked from vouchers
        where plant_id = $1 and kind = 'sheet' and day between $2 and $3 and as_of <= $4 order by key, version desc) v
      order by day, key`,
    plantId,
    asked.from,
    asked.to,
    stamp(asked.asOf),
  );
  return rows.map(({ ranked }) => ranked);
}

/** A page of standings, the latest first, after a cursor of `day/starts/unit`. */
export async function pageStandings(
  db: Queryable,
  plantId: number,
  asked: AskedStandings & { readonly after?: { readonly day: string; readonly starts: number; readonly unit: string } },
  limit: number,
): Promise<Standing[]> {
  const rows = await db.rows<RawStanding>(
    `select ${COLUMNS} from standings
      where plant_id = $1 and ($2::date is null or day >= $2) and ($3::date is null or day <= $3)
        and ($4::text[] is null or unit = any($4)) and ($5::text[] is null or team = any($5)) and ($6::text is null or state = $6)
        and ($7::date is null or (day, starts, unit) < ($7::date, $8::timestamptz, $9::text))
      order by day desc, starts desc, unit desc limit $10`,
    plantId,
    asked.from ?? null,
    asked.to ?? null,
    asked.units ?? null,
    asked.teams ?? null,
    asked.state ?? null,
    asked.after?.day ?? null,
    asked.after === undefined ? null : stamp(asked.after.starts),
    asked.after?.unit ?? null,
    limit,
  );
  return rows.map(standingOf);
}

/** The days on which each team had a shift, once each. */
export const daysOfTeams = (db: Queryable, plantId: number): Promise<{ team: string; day: string }[]> =>
  db.rows('select distinct team, day from standings where plant_id = $1', plantId);

/** The day of each unit's latest posted shift. */
export async function lastDays(db: Queryable, plantId: number, units: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.rows<{ unit: string; day: string | null }>(
    `select u.unit, (select s.day from standings s where s.plant_id = $1 and s.unit = u.unit order by s.day desc limit 1) as day
       from unnest($2::text[]) as u (unit)`,
    plantId,
    units,
  );
  return new Map(rows.flatMap(({ unit, day }) => (day === null ? [] : [[unit, day]])));
}

// ── entries beside sheets ──────────────────────────────────────────────────────────────────────────────────────────

export interface TeamEntry {
  readonly voucher: number;
  readonly line: number;
  readonly kind: 'cycle' | 'restatement';
  readonly day: string;
  readonly team: string;
  readonly unit: string;
  readonly stream: string;
  readonly crew: string;
  readonly forDay: string;
  readonly forShift: string;
  readonly fen: number;
}

export async function addTeamEntries(tx: Queryable, plantId: number, entries: readonly TeamEntry[]): Promise<void> {
  const column = (cell: (row: TeamEntry) => string | number): never => entries.map(cell) as never;
  await tx.rows(
    `insert into team_entries (plant_id, voucher, line, kind, day, team, unit, stream, crew, for_day, for_shift, fen)
     select $1, * from unnest($2::bigint[], $3::int[], $4::text[], $5::date[], $6::text[], $7::text[], $8::text[], $9::text[],
       $10::date[], $11::text[], $12::bigint[])`,
    plantId,
    column((e) => e.voucher),
    column((e) => e.line),
    column((e) => e.kind),
    column((e) => e.day),
    column((e) => e.team),
    column((e) => e.unit),
    column((e) => e.stream),
    column((e) => e.crew),
    column((e) => e.forDay),
    column((e) => e.forShift),
    column((e) => e.fen),
  );
}

export async function readTeamEntries(
  db: Queryable,
  plantId: number,
  asked: {
    readonly from: string;
    readonly to: string;
    readonly kind: TeamEntry['kind'];
    readonly teams?: readonly string[];
  },
): Promise<TeamEntry[]> {
  const rows = await db.rows<Omit<TeamEntry, 'forDay' | 'forShift'> & { for_day: string; for_shift: string }>(
    `select voucher, line, kind, day, team, unit, stream, crew, for_day, for_shift, fen from team_entries
      where plant_id = $1 and day between $2 and $3 and kind = $4 and ($5::text[] is null or team = any($5)) order by voucher, line`,
    plantId,
    asked.from,
    asked.to,
    asked.kind,
    asked.teams ?? null,
  );
  return rows.map(({ for_day: forDay, for_shift: forShift, ...rest }) => ({ ...rest, forDay, forShift }));
}

/** Entries of cycles as postings, for ranking: what versions took back is gone. `day` texts become days by `parse`. */
export function asPostings(entries: readonly TeamEntry[], parse: (day: string) => number): Posting[] {
  const sums = new Map<string, TeamEntry>();
  for (const entry of entries) {
    const { unit, stream, crew, day, forDay, forShift } = entry;
    const key = JSON.stringify([unit, stream, crew, day, forDay, forShift]);
    sums.set(key, { ...entry, fen: entry.fen + (sums.get(key)?.fen ?? 0) });
  }
  return [...sums.values()]
    .filter(({ fen }) => fen !== 0)
    .map(({ unit, stream, crew, day, forDay, forShift, fen }) => ({
      cycle: '',
      unit,
      stream,
      crew,
      day: parse(day),
      forDay: parse(forDay),
      forShift,
      fen,
    }));
}

// ── team months ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Holds the rows of some teams and months until commit, making those that are not there: nobody else sums them meanwhile. */
export async function lockTeamMonths(
  tx: Queryable,
  plantId: number,
  pairs: readonly { readonly month: string; readonly team: string }[],
): Promise<void> {
  const sorted = [...pairs].sort((a, b) => (`${a.team} ${a.month}` < `${b.team} ${b.month}` ? -1 : 1));
  const [months, teams] = [sorted.map((p) => p.month), sorted.map((p) => p.team)];
  await tx.rows(
    `insert into team_months (plant_id, month, team, tally, on_medians)
     select $1, m, t, 'null', false from unnest($2::text[], $3::text[]) as x (m, t) order by t, m on conflict do nothing`,
    plantId,
    months,
    teams,
  );
  await tx.rows(
    `select from team_months where plant_id = $1 and (month, team) in (select * from unnest($2::text[], $3::text[]))
      order by team, month for update`,
    plantId,
    months,
    teams,
  );
}

export async function putTeamMonths(
  tx: Queryable,
  plantId: number,
  rows: readonly {
    readonly month: string;
    readonly team: string;
    readonly tally: PackedTally;
    readonly onMedians: boolean;
  }[],
): Promise<void> {
  await tx.rows(
    `update team_months m set tally = x.tally, on_medians = x.on_medians
       from unnest($2::text[], $3::text[], $4::json[], $5::boolean[]) as x (month, team, tally, on_medians)
      where m.plant_id = $1 and m.month = x.month and m.team = x.team`,
    plantId,
    rows.map((r) => r.month),
    rows.map((r) => r.team),
    rows.map((r) => JSON.stringify(r.tally)),
    rows.map((r) => r.onMedians) as never,
  );
}

/** The sums of all teams over some months; without `months` all there are. */
export async function readTeamMonths(
  db: Queryable,
  plantId: number,
  months?: readonly string[],
): Promise<{ readonly month: string; readonly tally: PackedTally }[]> {
  return db.rows(
    `select month, tally from team_months
      where plant_id = $1 and ($2::text[] is null or month = any($2)) and tally::text <> 'null'`,
    plantId,
    months ?? null,
  );
}

/** Teams whose sums of a month hang on the month before it. */
export async function monthsOnMedians(
  tx: Queryable,
  plantId: number,
  month: string,
  teams: readonly string[],
): Promise<string[]> {
  const rows = await tx.rows<{ team: string }>(
    'select team from team_months where plant_id = $1 and month = $2 and team = any($3) and on_medians',
    plantId,
    month,
    teams,
  );
  return rows.map(({ team }) => team);
}

// ── drafts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Draft {
  readonly unit: string;
  readonly day: string;
  readonly shift: string;
  readonly team: string;
  readonly asOf: number;
  readonly through: number;
  readonly gainFen: number | undefined;
  readonly record: string;
}

/** Puts drafts in place of those of the same units, unless a later one stands; gives the units that changed. */
export async function putDrafts(tx: Queryable, plantId: number, drafts: readonly Draft[]): Promise<string[]> {
  const rows = await tx.rows<{ unit: string }>(
    `insert into drafts (plant_id, unit, day, shift, team, as_of, through, gain_fen, record)
     select $1, * from unnest($2::text[], $3::date[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::bigint[],
       $9::text[])
     on conflict (plant_id, unit) do update set day = excluded.day, shift = excluded.shift, team = excluded.team,
       as_of = excluded.as_of, through = excluded.through, gain_fen = excluded.gain_fen, record = excluded.record
      where drafts.as_of <= excluded.as_of
        and (drafts.record, drafts.day, drafts.shift) is distinct from (excluded.record, excluded.day, excluded.shift)
     returning unit`,
    plantId,
    drafts.map((d) => d.unit),
    drafts.map((d) => d.day),
    drafts.map((d) => d.shift),
    drafts.map((d) => d.team),
    drafts.map((d) => stamp(d.asOf)),
    drafts.map((d) => stamp(d.through)),
    drafts.map((d) => d.gainFen ?? null) as never,
    drafts.map((d) => d.record),
  );
  return rows.map(({ unit }) => unit);
}

export async function readDrafts(db: Queryable, plantId: number, units?: readonly string[]): Promise<Draft[]> {
  const rows = await db.rows<Omit<Draft, 'asOf' | 'gainFen'> & { as_of: number; gain_fen: number | null }>(
    `select unit, day, shift, team, as_of, through, gain_fen, record from drafts
      where plant_id = $1 and ($2::text[] is null or unit = any($2)) order by unit`,
    plantId,
    units ?? null,
  );
  return rows.map(({ as_of: asOf, gain_fen, ...rest }) => ({ ...rest, asOf, gainFen: gain_fen ?? undefined }));
}

export const dropDrafts = (tx: Queryable, plantId: number, units: readonly string[]): Promise<unknown> =>
  tx.rows('delete from drafts where plant_id = $1 and unit = any($2)', plantId, units);

/** Sheets and amounts by accounting day. */
export async function monthSums(
  db: Queryable,
  plantId: number,
): Promise<{ day: string; sheets: number; provisional: number; gainFen: number; companyFen: number }[]> {
  return db.rows(
    `select day, count(*) as sheets, count(*) filter (where state = 'provisional') as provisional,
       coalesce(sum(gain_fen), 0)::bigint as "gainFen", coalesce(sum(company_fen), 0)::bigint as "companyFen"
       from standings where plant_id = $1 group by day`,
    plantId,
  );
}
