// Readings: appended by whole arrivals, read back by stretch of time. What they mean is not known here.

import { copyRowsIn, copyRowsOut, type Rows } from './copy.ts';
import { codeOf, type Database, type Queryable, stamp, type Transaction } from './database.ts';

export type { Rows } from './copy.ts';

export interface Arrival {
  readonly arrival: number;
  readonly learnt: number;
}

export interface NewArrival {
  readonly kind: 'readings' | 'facts' | 'model' | 'import';
  readonly author: number | undefined;
  readonly source: string;
  readonly learnt: number;
  readonly points?: readonly number[];
  readonly first?: number;
  readonly last?: number;
  readonly count: number;
}

/** Notes that a transaction taught something: by these rows warm workers find what they do not know yet. */
export async function noteArrival(tx: Queryable, plantId: number, arrival: NewArrival): Promise<number> {
  const [row] = await tx.rows<{ arrival: number }>(
    `insert into arrivals (plant_id, learnt, kind, author, source, points, first, last, row_count)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning arrival`,
    plantId,
    stamp(arrival.learnt),
    arrival.kind,
    arrival.author ?? null,
    arrival.source,
    arrival.points ?? null,
    arrival.first === undefined ? null : stamp(arrival.first),
    arrival.last === undefined ? null : stamp(arrival.last),
    arrival.count,
  );
  return row!.arrival;
}

const MONTH = /^\d{4}-\d{2}/;
const known = new WeakMap<object, Set<string>>();

/** Makes the partitions of the months that rows fall in; asked once a month and process. */
async function openMonths(db: Database, tx: Transaction, { at, length }: Rows): Promise<void> {
  const opened = known.get(db) ?? new Set<string>();
  known.set(db, opened);
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const wanted = new Set<string>();
  for (let i = 0; i < length; i += 1) {
    const one = at[i]!;
    if (one >= from && one < to) continue;
    const month = MONTH.exec(stamp(one))![0];
    const [year, number] = month.split('-').map(Number) as [number, number];
    [from, to] = [Date.UTC(year, number - 1, 1), Date.UTC(year, number, 1)];
    if (!opened.has(month)) wanted.add(month);
  }
  for (const month of [...wanted].sort()) await tx.rows('select open_month($1)', `${month}-01`);
  // Only a committed partition is there for good; one that is not there after all is noticed when rows are to go into it.
  for (const month of wanted) opened.add(month);
}

/**
 * Appends rows. A row that stands already, with the same instant of learning, is not added twice. Gives how many were new.
 */
export async function appendReadings(
  db: Database,
  tx: Transaction,
  plantId: number,
  rows: Rows,
  anew = false,
): Promise<number> {
  if (rows.length === 0) return 0;
  if (anew) known.delete(db);
  await openMonths(db, tx, rows);
  await tx.rows('savepoint append');
  try {
    await copyRowsIn(tx.client, 'readings', plantId, rows);
    await tx.rows('release savepoint append');
    return rows.length;
  } catch (error) {
    await tx.rows('rollback to savepoint append');
    // A partition thought to be there was undone with the transaction that made it: once more, asking for all of them.
    if (codeOf(error) === '23514' && !anew) return appendReadings(db, tx, plantId, rows, true);
    if (codeOf(error) !== '23505') throw error;
  }
  // The same row twice: rare, so the quick way is tried first and this one, which sorts them out, only then.
  await tx.rows(`create temporary table if not exists arriving (like crewledger.readings) on commit delete rows`);
  await copyRowsIn(tx.client, 'arriving', plantId, rows);
  const [row] = await tx.rows<{ count: number }>(
    `with added as (insert into readings select * from arriving on conflict do nothing returning 1)
     select count(*) as count from added`,
  );
  await tx.rows('truncate arriving');
  return row!.count;
}

/** Where readings are to be read: numbers of points, and a stretch of instants, both ends included. */
export interface Stretch {
  readonly points: readonly number[];
  readonly from: number;
  readonly to: number;
}

export type Tell = (point: number, at: number, learnt: number, value: number, quality: number) => void;

const whole = (value: number): string => {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a whole number: ${value}`);
  return String(value);
};

const where = (plantId: number, { points, from, to }: Stretch): string =>
  `plant_id = ${whole(plantId)} and point = any('{${points.map(whole).join(',')}}'::int[])` +
  ` and at >= '${stamp(from)}' and at <= '${stamp(to)}'`;

/** Reads a stretch, kept rows of retired months with it; `learntExactly` only what one arrival taught. */
export async function readStretch(
  tx: Transaction,
  plantId: number,
  stretch: Stretch,
  tell: Tell,
  learntExactly?: number,
): Promise<void> {
  if (stretch.points.length === 0) return;
  const condition =
    where(plantId, stretch) + (learntExactly === undefined ? '' : ` and learnt = '${stamp(learntExactly)}'`);
  const columns = 'point, at, learnt, value, quality';
  await copyRowsOut(
    tx.client,
    `select ${columns} from readings where ${condition} union all select ${columns} from kept_readings where ${condition}`,
    tell,
  );
}

/** Of each point the instant of its last usable reading before an instant, and of its first at or after it. */
export async function neighbours(
  tx: Queryable,
  plantId: number,
  points: readonly number[],
  at: number,
): Promise<{ readonly point: number; readonly earlier: number | undefined; readonly later: number | undefined }[]> {
  const nearest = (table: string, side: string, order: string): string =>
    `(select r.at from ${table} r where r.plant_id = $1 and r.point = p.point and r.at ${side} $3 and r.quality < 2 order by r.at ${order} limit 1)`;
  const rows = await tx.rows<{ point: number; earlier: number | null; later: number | null }>(
    `select p.point,
       greatest(${nearest('readings', '<', 'desc')}, ${nearest('kept_readings', '<', 'desc')}) as earlier,
       least(${nearest('readings', '>=', 'asc')}, ${nearest('kept_readings', '>=', 'asc')}) as later
     from unnest($2::int[]) as p (point)`,
    plantId,
    points,
    stamp(at),
  );
  return rows.map(({ point, earlier, later }) => ({ point, earlier: earlier ?? undefined, later: later ?? undefined }));
}

/** Tells the last rows of each point before a stretch and the first after it: what boundary values at its ends lean on. */
export async function readEdges(
  tx: Transaction,
  plantId: number,
  { points, from, to }: Stretch,
  tell: Tell,
): Promise<void> {
  if (points.length === 0) return;
  const list = points.map(whole).join(',');
  const side = (table: string, condition: string, order: string): string =>
    `select e.* from unnest('{${list}}'::int[]) as p (point) cross join lateral (
       select point, at, learnt, value, quality from ${table} r
        where r.plant_id = ${whole(plantId)} and r.point = p.point and r.at ${condition} order by r.at ${order} limit 5) e`;
  const both = ['readings', 'kept_readings'].flatMap((table) => [
    side(table, `< '${stamp(from)}'`, 'desc'),
    side(table, `> '${stamp(to)}'`, 'asc'),
  ]);
  await copyRowsOut(tx.client, both.map((one) => `(${one})`).join(' union all '), tell);
}

/** The first instant that any reading of the plant tells of. */
export async function firstReadingAt(db: Queryable, plantId: number): Promise<number | undefined> {
  const [row] = await db.rows<{ at: number | null }>(
    `select least(
       (select min(r.at) from points p cross join lateral
          (select at from readings where plant_id = p.plant_id and point = p.point order by at limit 1) r where p.plant_id = $1),
       (select min(at) from kept_readings where plant_id = $1)) as at`,
    plantId,
  );
  return row?.at ?? undefined;
}

// ── what is new to a warm worker ───────────────────────────────────────────────────────────────────────────────────

/** What a transaction sees of what was learnt, asked once however many windows look through it. */
export class Sight {
  private readonly tx: Transaction;
  private readonly plantId: number;
  private taken: Promise<string> | undefined;
  private readonly since = new Map<string, Promise<NewArrivalRow[] | undefined>>();

  constructor(tx: Transaction, plantId: number) {
    this.tx = tx;
    this.plantId = plantId;
  }

  /** To be compared with what a later transaction sees; taken before anything is read. */
  snapshot(): Promise<string> {
    this.taken ??= this.tx
      .rows<{ snapshot: string }>(`select incarnation() || ' ' || pg_current_snapshot() as snapshot`)
      .then(([row]) => row!.snapshot);
    return this.taken;
  }

  /** The arrivals that this transaction sees and an earlier one did not; undefined when the server crashed in between. */
  arrivalsSince(earlier: string): Promise<NewArrivalRow[] | undefined> {
    let rows = this.since.get(earlier);
    if (!rows) {
      const [life, snapshot = ''] = earlier.split(' ');
      rows = this.snapshot().then((own) =>
        own.split(' ')[0] === life ? arrivalsSince(this.tx, this.plantId, snapshot) : undefined,
      );
      this.since.set(earlier, rows);
    }
    return rows;
  }
}

export interface NewArrivalRow {
  readonly arrival: number;
  readonly learnt: number;
  readonly kind: NewArrival['kind'];
  readonly points: readonly number[] | undefined;
  readonly first: number | undefined;
  readonly last: number | undefined;
}

async function arrivalsSince(tx: Transaction, plantId: number, snapshot: string): Promise<NewArrivalRow[]> {
  const rows = await tx.rows<{
    arrival: number;
    learnt: number;
    kind: NewArrival['kind'];
    points: number[] | null;
    first: number | null;
    last: number | null;
  }>(
    `select arrival, learnt, kind, points, first, last from arrivals
      where plant_id = $1 and tx >= pg_snapshot_xmin($2::pg_snapshot)
        and not pg_visible_in_snapshot(tx, $2::pg_snapshot) order by arrival`,
    plantId,
    snapshot,
  );
  return rows.map(({ points, first, last, ...rest }) => ({
    ...rest,
    points: points ?? undefined,
    first: first ?? undefined,
    last: last ?? undefined,
  }));
}

// ── a page to look at ──────────────────────────────────────────────────────────────────────────────────────────────

export interface ReadingRow {
  readonly at: number;
  readonly learnt: number;
  readonly value: number;
  readonly quality: number;
  /** The step of the value, `n/d`. */
  readonly step: string;
}

/** Readings of a point with their corrections, the latest instant first, of one instant the latest learnt first. */
export async function pageReadings(
  db: Queryable,
  plantId: number,
  asked: {
    readonly id: string;
    readonly from: number | undefined;
    readonly to: number | undefined;
    readonly after: { readonly at: number; readonly learnt: number } | undefined;
  },
  limit: number,
): Promise<ReadingRow[]> {
  return db.rows<ReadingRow>(
    `select r.at, r.learnt, r.value, r.quality, p.step from points p cross join lateral (
       select at, learnt, value, quality from (
         select * from readings union all select * from kept_readings) rows
        where rows.plant_id = p.plant_id and rows.point = p.point
          and ($3::timestamptz is null or at >= $3) and ($4::timestamptz is null or at <= $4)
          and ($5::timestamptz is null or (at, learnt) < ($5::timestamptz, $6::timestamptz))
        order by at desc, learnt desc limit $7::int) r
      where p.plant_id = $1 and p.id = $2 order by r.at desc, r.learnt desc limit $7::int`,
    plantId,
    asked.id,
    asked.from === undefined ? null : stamp(asked.from),
    asked.to === undefined ? null : stamp(asked.to),
    asked.after === undefined ? null : stamp(asked.after.at),
    asked.after === undefined ? null : stamp(asked.after.learnt),
    limit,
  );
}
