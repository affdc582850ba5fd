// Plants and their models, byte for byte: who saved which version, from which accounting day it holds, and the numbers that
// stand for points in the readings. What a model means is the domain's business.

import { type Queryable, stamp, type Transaction } from './database.ts';

export interface PlantRow {
  readonly plantId: number;
  readonly id: string;
  readonly clockOffsetMs: number;
  readonly seededAt: number | undefined;
}

const PLANT = 'select plant_id, id, clock_offset_ms, seeded_at from plants';
interface RawPlant {
  plant_id: number;
  id: string;
  clock_offset_ms: number;
  seeded_at: number | null;
}
const plantOf = (row: RawPlant): PlantRow => ({
  plantId: row.plant_id,
  id: row.id,
  clockOffsetMs: row.clock_offset_ms,
  seededAt: row.seeded_at ?? undefined,
});

export const listPlants = async (db: Queryable): Promise<PlantRow[]> =>
  (await db.rows<RawPlant>(`${PLANT} order by plant_id`)).map(plantOf);

export async function findPlant(db: Queryable, id: string): Promise<PlantRow | undefined> {
  const [row] = await db.rows<RawPlant>(`${PLANT} where id = $1`, id);
  return row && plantOf(row);
}

/** Makes a plant, or gives the one that has the id already. */
export async function createPlant(db: Queryable, id: string, clockOffsetMs = 0): Promise<PlantRow> {
  await db.rows(
    'insert into plants (id, clock_offset_ms) values ($1, $2) on conflict (id) do nothing',
    id,
    clockOffsetMs,
  );
  return (await findPlant(db, id)) as PlantRow;
}

export const setClock = (db: Queryable, plantId: number, offsetMs: number): Promise<unknown> =>
  db.rows('update plants set clock_offset_ms = $2 where plant_id = $1', plantId, offsetMs);

export const markSeeded = (db: Queryable, plantId: number): Promise<unknown> =>
  db.rows('update plants set seeded_at = clock_timestamp() where plant_id = $1', plantId);

/** What the plant's clock shows now, and the instant until which everything is known. */
export async function readClock(db: Queryable, plantId: number): Promise<{ now: number; closedUntil: number }> {
  const [row] = await db.rows<{ now: number; closed: number }>(
    'select clock_of($1) as now, closed_until($1) as closed',
    plantId,
  );
  return { now: row!.now, closedUntil: row!.closed };
}

/** The instant of what this transaction teaches; nothing is settled as of a later one until it is committed. */
export async function learn(tx: Transaction, plantId: number): Promise<number> {
  const [row] = await tx.rows<{ learnt: number }>('select learn($1) as learnt', plantId);
  return row!.learnt;
}

// ── models ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface ModelVersion {
  readonly version: number;
  readonly base: number | undefined;
  /** First accounting day for which it holds, `2022-03-01`. */
  readonly fromDay: string;
  readonly recordedAt: number;
  readonly author: number | undefined;
  readonly note: string;
  readonly hash: string;
}

export async function listModels(db: Queryable, plantId: number): Promise<ModelVersion[]> {
  const rows = await db.rows<{
    version: number;
    base_version: number | null;
    from_day: string;
    recorded_at: number;
    author: number | null;
    note: string;
    hash: string;
  }>(
    `select version, base_version, from_day, recorded_at, author, note, hash
       from model_versions where plant_id = $1 order by version`,
    plantId,
  );
  return rows.map((row) => ({
    version: row.version,
    base: row.base_version ?? undefined,
    fromDay: row.from_day,
    recordedAt: row.recorded_at,
    author: row.author ?? undefined,
    note: row.note,
    hash: row.hash,
  }));
}

/** The files of a version, by name, as they came. */
export async function modelFiles(db: Queryable, plantId: number, version: number): Promise<Map<string, Buffer>> {
  const rows = await db.rows<{ name: string; bytes: Buffer }>(
    'select name, bytes from model_files where plant_id = $1 and version = $2 order by name',
    plantId,
    version,
  );
  return new Map(rows.map(({ name, bytes }) => [name, bytes]));
}

export interface NewModel {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly fromDay: string;
  /** The version it was made from: a later one in between is a conflict. Undefined for the first. */
  readonly base: number | undefined;
  readonly recordedAt: number;
  readonly author: number | undefined;
  readonly note: string;
  readonly hash: string;
}

/** Adds a version; `conflict` with the newest version when that is not the base it was made from. */
export async function saveModel(
  tx: Transaction,
  plantId: number,
  model: NewModel,
): Promise<{ readonly ok: true; readonly version: number } | { readonly ok: false; readonly newest: number }> {
  await tx.rows(`select pg_advisory_xact_lock(hashtext('crewledger.model'), $1)`, plantId);
  const [row] = await tx.rows<{ newest: number }>(
    'select coalesce(max(version), 0) as newest from model_versions where plant_id = $1',
    plantId,
  );
  const newest = row?.newest ?? 0;
  if (newest !== (model.base ?? 0)) return { ok: false, newest };
  const version = newest + 1;
  await tx.rows(
    `insert into model_versions (plant_id, version, base_version, from_day, recorded_at, author, note, hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    plantId,
    version,
    model.base ?? null,
    model.fromDay,
    stamp(model.recordedAt),
    model.author ?? null,
    model.note,
    model.hash,
  );
  for (const [name, bytes] of model.files)
    await tx.rows(
      'insert into model_files (plant_id, version, name, bytes) values ($1, $2, $3, $4)',
      plantId,
      version,
      name,
      Buffer.from(bytes),
    );
  return { ok: true, version };
}

// ── points ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A number of the readings: a point's id and the step (`n/d`) its values count. */
export interface PointRow {
  readonly point: number;
  readonly id: string;
  readonly step: string;
}

export const listPoints = (db: Queryable, plantId: number): Promise<PointRow[]> =>
  db.rows<PointRow>('select point, id, step from points where plant_id = $1 order by point', plantId);

/** Gives a number to each pair of id and step that has none yet. */
export async function numberPoints(
  tx: Transaction,
  plantId: number,
  wanted: readonly { readonly id: string; readonly step: string }[],
): Promise<void> {
  await tx.rows(`select pg_advisory_xact_lock(hashtext('crewledger.points'), $1)`, plantId);
  await tx.rows(
    `insert into points (plant_id, point, id, step)
     select $1, coalesce((select max(point) from points where plant_id = $1), 0) + row_number() over (order by w.n), w.id, w.step
       from unnest($2::text[], $3::text[]) with ordinality as w (id, step, n)
      where not exists (select from points p where p.plant_id = $1 and p.id = w.id and p.step = w.step)`,
    plantId,
    wanted.map(({ id }) => id),
    wanted.map(({ step }) => step),
  );
}

/** The version whose sheets an accounting day has, as known at an instant: of those that hold by then, the one saved last. */
export const modelOn = (versions: readonly ModelVersion[], day: string, asOf: number): ModelVersion | undefined =>
  versions.findLast((one) => one.recordedAt <= asOf && one.fromDay <= day);
