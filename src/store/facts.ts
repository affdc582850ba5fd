// Facts: what people said (orders, limits, exclusions, fees, swaps, replacements, confirmations, samples), row by row as
// written, each with the instant at which it was learnt. Also the touches: stretches of time to be settled again.
import type { Cause } from '../ledger.ts';
import { type Queryable, stamp } from './database.ts';

export interface FactRow {
  readonly fact: number;
  /** The table it stands in, `orders.csv`. */
  readonly kind: string;
  readonly id: string;
  readonly recordedAt: number;
  readonly author: number | undefined;
  readonly cells: Readonly<Record<string, string>>;
}

export interface NewFact {
  readonly kind: string;
  readonly id: string;
  readonly recordedAt: number;
  readonly author: number | undefined;
  readonly cells: Readonly<Record<string, string>>;
  readonly unit: string | undefined;
  readonly point: string | undefined;
  /** What it tells of: a stretch, both ends included. */
  readonly at: number;
  readonly until: number;
}

/** Rows are many at the first filling and one by one later; both go through arrays. */
export async function addFacts(tx: Queryable, plantId: number, facts: readonly NewFact[]): Promise<void> {
  for (let first = 0; first < facts.length; first += 5000) {
    const some = facts.slice(first, first + 5000);
    await tx.rows(
      `insert into facts (plant_id, kind, id, recorded_at, author, cells, unit, point, at, until)
       select $1, * from unnest($2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::jsonb[], $7::text[], $8::text[],
         $9::timestamptz[], $10::timestamptz[])`,
      plantId,
      some.map((one) => one.kind),
      some.map((one) => one.id),
      some.map((one) => stamp(one.recordedAt)),
      some.map((one) => one.author ?? null) as never,
      some.map((one) => JSON.stringify(one.cells)),
      some.map((one) => one.unit ?? null) as never,
      some.map((one) => one.point ?? null) as never,
      some.map((one) => stamp(one.at)),
      some.map((one) => stamp(one.until)),
    );
  }
}

const FACT = 'fact, kind, id, recorded_at, author, cells';
interface RawFact {
  fact: number;
  kind: string;
  id: string;
  recorded_at: number;
  author: number | null;
  cells: Record<string, string>;
}
const factOf = ({ recorded_at, author, ...rest }: RawFact): FactRow => ({
  ...rest,
  recordedAt: recorded_at,
  author: author ?? undefined,
});

/**
 * The facts of some units and points: those that touch `from … to`, and of fees, replacements and confirmations all, since a
 * cycle begins with the one before it and a register with its last change.
 */
export async function readFactRows(
  tx: Queryable,
  plantId: number,
  asked: {
    readonly units: readonly string[];
    readonly points: readonly string[];
    readonly from: number;
    readonly to: number;
  },
): Promise<FactRow[]> {
  const rows = await tx.rows<RawFact>(
    `select ${FACT} from facts
      where plant_id = $1 and ((unit = any($2)) or (point = any($3)))
        and (kind in ('fees.csv', 'replacements.csv') or (at <= $5 and until >= $4))
      order by recorded_at, fact`,
    plantId,
    asked.units,
    asked.points,
    stamp(asked.from),
    stamp(asked.to),
  );
  return rows.map(factOf);
}

/** All facts of one table, in order of their record. */
export async function factsOfKind(tx: Queryable, plantId: number, kind: string): Promise<FactRow[]> {
  const rows = await tx.rows<RawFact>(
    `select ${FACT} from facts where plant_id = $1 and kind = $2 order by recorded_at, fact`,
    plantId,
    kind,
  );
  return rows.map(factOf);
}

/** Every row of one id, the one learnt first first; with the stretch that each tells of. */
export async function factHistory(
  tx: Queryable,
  plantId: number,
  kind: string,
  id: string,
): Promise<(FactRow & { readonly at: number; readonly until: number })[]> {
  const rows = await tx.rows<RawFact & { at: number; until: number }>(
    `select ${FACT}, at, until from facts where plant_id = $1 and kind = $2 and id = $3 order by recorded_at, fact`,
    plantId,
    kind,
    id,
  );
  return rows.map((row) => ({ ...factOf(row), at: row.at, until: row.until }));
}

/** A page of facts, the latest first. */
export async function pageFacts(
  db: Queryable,
  plantId: number,
  asked: { readonly kind?: string; readonly unit?: string; readonly before?: number; readonly limit: number },
): Promise<FactRow[]> {
  const rows = await db.rows<RawFact>(
    `select ${FACT} from facts
      where plant_id = $1 and ($2::text is null or kind = $2) and ($3::text is null or unit = $3)
        and ($4::bigint is null or fact < $4) order by fact desc limit $5`,
    plantId,
    asked.kind ?? null,
    asked.unit ?? null,
    asked.before ?? null,
    asked.limit,
  );
  return rows.map(factOf);
}

// ── touches ────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Touch {
  readonly group: string;
  /** What was learnt tells of `first … last`. */
  readonly first: number;
  readonly last: number;
  readonly cause: Cause;
}

/** Notes what has to be settled again, as of `learnt` at the earliest; at once when it was not learnt but is only asked for. */
export async function addTouches(
  tx: Queryable,
  plantId: number,
  touches: readonly Touch[],
  learnt?: number,
): Promise<void> {
  if (touches.length === 0) return;
  await tx.rows(
    `insert into touches (plant_id, learnt, group_id, first, last, cause)
     select $1, coalesce($2::timestamptz, '-infinity'), * from unnest($3::text[], $4::timestamptz[], $5::timestamptz[], $6::jsonb[])`,
    plantId,
    learnt === undefined ? null : stamp(learnt),
    touches.map((one) => one.group),
    touches.map((one) => stamp(one.first)),
    touches.map((one) => stamp(one.last)),
    touches.map((one) => JSON.stringify(one.cause)),
  );
}

/**
 * Takes the touches of a group that are known as of an instant: gone with the transaction that settles them, or still there.
 * `later`: there are others, which were learnt after that instant while something older was still on its way.
 */
export async function takeTouches(
  tx: Queryable,
  plantId: number,
  group: string,
  asOf: number,
): Promise<{ readonly taken: readonly Touch[]; readonly later: boolean }> {
  const rows = await tx.rows<{ touch: number; first: number; last: number; cause: Cause }>(
    'delete from touches where plant_id = $1 and group_id = $2 and learnt <= $3 returning touch, first, last, cause',
    plantId,
    group,
    stamp(asOf),
  );
  const [{ later = false } = {}] = await tx.rows<{ later: boolean }>(
    'select exists (select from touches where plant_id = $1 and group_id = $2 and learnt > $3) as later',
    plantId,
    group,
    stamp(asOf),
  );
  const taken = rows.sort((a, b) => a.touch - b.touch).map(({ first, last, cause }) => ({ group, first, last, cause }));
  return { taken, later };
}
