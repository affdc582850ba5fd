// What stands now, as tables that go out need it and as rows that come back are compared with: of each reading and each fact the
// one learnt last. It reads only.
import { type Queryable, stamp } from './database.ts';

/** Columns side by side; instants in ms, values in steps. */
export interface ReadingColumns {
  /** Numbers of the points table. */
  readonly point: readonly number[];
  readonly at: readonly number[];
  readonly value: readonly number[];
  readonly quality: readonly number[];
}

/** The places (from 0) of those readings that stand already just so. */
export async function sameReadings(
  db: Queryable,
  plantId: number,
  { point, at, value, quality }: ReadingColumns,
): Promise<Set<number>> {
  const same = new Set<number>();
  for (let first = 0; first < point.length; first += 20_000) {
    const some = <T>(list: readonly T[]): T[] => list.slice(first, first + 20_000);
    const rows = await db.rows<{ n: number }>(
      `select k.n - 1 as n from unnest($2::int[], $3::timestamptz[], $4::bigint[], $5::int[]) with ordinality k (point, at, value, quality, n)
         cross join lateral (select r.value, r.quality from readings r
           where r.plant_id = $1 and r.point = k.point and r.at = k.at order by r.learnt desc limit 1) r
        where r.value = k.value and r.quality = k.quality`,
      plantId,
      some(point),
      some(at).map(stamp),
      some(value),
      some(quality),
    );
    for (const { n } of rows) same.add(first + n);
  }
  return same;
}

export interface StandingReading {
  readonly point: number;
  readonly at: number;
  readonly value: number;
  readonly quality: number;
}

/** The readings of some points that stand between two instants, in order of time, at most `limit`. */
export const standingReadings = (
  db: Queryable,
  plantId: number,
  { points, from, to }: { readonly points: readonly number[]; readonly from: number; readonly to: number },
  limit: number,
): Promise<StandingReading[]> =>
  db.rows<StandingReading>(
    `select point, at, value, quality from (
       select distinct on (at, point) point, at, value, quality from readings
        where plant_id = $1 and point = any ($2) and at >= $3 and at < $4 order by at, point, learnt desc) r
      order by at, point limit $5`,
    plantId,
    points,
    stamp(from),
    stamp(to),
    limit,
  );

export interface StandingFact {
  readonly id: string;
  readonly point: string | undefined;
  readonly cells: Readonly<Record<string, string>>;
}

/** Of some ids of a table of facts the row learnt last, withdrawn ones included. */
export async function latestFacts(
  db: Queryable,
  plantId: number,
  kind: string,
  ids: readonly string[],
): Promise<Map<string, StandingFact>> {
  const rows = await db.rows<{ id: string; point: string | null; cells: Record<string, string> }>(
    `select distinct on (id) id, point, cells from facts where plant_id = $1 and kind = $2 and id = any ($3)
      order by id, recorded_at desc, fact desc`,
    plantId,
    kind,
    ids,
  );
  return new Map(rows.map(({ id, point, cells }) => [id, { id, point: point ?? undefined, cells }]));
}

/** The facts of a table that stand and touch a stretch, in order of time, at most `limit`. */
export async function standingFacts(
  db: Queryable,
  plantId: number,
  {
    kind,
    points,
    from,
    to,
  }: { readonly kind: string; readonly points: readonly string[]; readonly from: number; readonly to: number },
  limit: number,
): Promise<StandingFact[]> {
  const rows = await db.rows<{ id: string; point: string | null; cells: Record<string, string> }>(
    `select id, point, cells from (
       select distinct on (id) id, point, cells, at, fact, until from facts
        where plant_id = $1 and kind = $2 and point = any ($3) order by id, recorded_at desc, fact desc) f
      where at < $5 and until >= $4 and coalesce(cells ->> 'withdrawn', '') not in ('yes', 'true', '1', '是')
      order by at, fact limit $6`,
    plantId,
    kind,
    points,
    stamp(from),
    stamp(to),
    limit,
  );
  return rows.map(({ id, point, cells }) => ({ id, point: point ?? undefined, cells }));
}
