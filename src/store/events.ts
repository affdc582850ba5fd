// What is told to whoever listens: kept for a while with a number, so that a reader who lost the line goes on where it was.
import { type Database, type Queryable, stamp } from './database.ts';

export const CHANNEL = 'crewledger_events';

export interface EventRow {
  readonly event: number;
  readonly at: number;
  readonly kind: string;
  readonly unit: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface NewEvent {
  readonly kind: string;
  readonly unit: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Keeps events and rings the bell; both happen at the commit. */
export async function addEvents(tx: Queryable, plantId: number, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await tx.rows(
    `with kept as (insert into events (plant_id, kind, unit, body) select $1, * from unnest($2::text[], $3::text[], $4::jsonb[]))
     select pg_notify('${CHANNEL}', $1::text)`,
    plantId,
    events.map((e) => e.kind),
    events.map((e) => e.unit ?? null) as never,
    events.map((e) => JSON.stringify(e.body)),
  );
}

export async function eventsAfter(db: Queryable, plantId: number, after: number, limit = 1000): Promise<EventRow[]> {
  const rows = await db.rows<Omit<EventRow, 'unit'> & { unit: string | null }>(
    'select event, at, kind, unit, body from events where plant_id = $1 and event > $2 order by event limit $3',
    plantId,
    after,
    limit,
  );
  return rows.map((row) => ({ ...row, unit: row.unit ?? undefined }));
}

export async function lastEvent(db: Queryable, plantId: number): Promise<number> {
  const [row] = await db.rows<{ event: number }>(
    'select coalesce(max(event), 0) as event from events where plant_id = $1',
    plantId,
  );
  return row?.event ?? 0;
}

/** The latest event that tells of something posted, 0 before the first. */
export async function lastLedgerEvent(db: Queryable, plantId: number): Promise<number> {
  const [row] = await db.rows<{ event: number }>(
    `select event from events where plant_id = $1 and kind <> 'draft' and kind <> 'handover' order by event desc limit 1`,
    plantId,
  );
  return row?.event ?? 0;
}

/** The latest of the ledger stays, however old: by it readers tell whether anything changed. */
export const dropEventsBefore = async (db: Queryable, plantId: number, at: number): Promise<unknown> =>
  db.rows(
    'delete from events where plant_id = $1 and at < $2 and event <> $3',
    plantId,
    stamp(at),
    await lastLedgerEvent(db, plantId),
  );

export const listenEvents = (
  db: Database,
  onPlant: (plantId: number) => void,
  onGap: () => void = () => {},
): Promise<() => void> => db.listen(CHANNEL, (payload) => onPlant(Number(payload)), onGap);
