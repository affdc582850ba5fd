// Handovers, event by event; nothing of them is ever changed.
import type { HandoverState } from '../ledger.ts';
import { type Queryable, stamp } from './database.ts';

export interface HandoverCheck {
  readonly what: 'process' | 'equipment' | 'safety' | 'tools' | 'records' | 'housekeeping';
  readonly good: boolean;
  readonly note?: string;
}

export interface HandoverStock {
  readonly stream: string;
  readonly quantity: string;
}

export interface HandoverEvent {
  readonly state: HandoverState;
  readonly at: number;
  readonly person: number | undefined;
  readonly actingFor: number | undefined;
  readonly checklist: readonly HandoverCheck[];
  readonly stocks: readonly HandoverStock[];
  readonly note: string;
}

export interface ShiftId {
  readonly unit: string;
  readonly day: string;
  readonly shift: string;
}

/** The events of a handover in order; with `hold` nobody else adds one until commit. */
export async function handoverEvents(
  db: Queryable,
  plantId: number,
  { unit, day, shift }: ShiftId,
  hold = false,
): Promise<HandoverEvent[]> {
  if (hold)
    await db.rows(
      `select pg_advisory_xact_lock(hashtext('crewledger.handover ' || $2), $1)`,
      plantId,
      `${unit}/${day}/${shift}`,
    );
  const rows = await db.rows<{
    state: HandoverState;
    at: number;
    person: number | null;
    acting_for: number | null;
    checklist: HandoverCheck[];
    stocks: HandoverStock[];
    note: string;
  }>(
    `select state, at, person, acting_for, checklist, stocks, note from handover_events
      where plant_id = $1 and unit = $2 and day = $3 and shift = $4 order by event`,
    plantId,
    unit,
    day,
    shift,
  );
  return rows.map(({ person, acting_for, ...rest }) => ({
    ...rest,
    person: person ?? undefined,
    actingFor: acting_for ?? undefined,
  }));
}

export const addHandoverEvent = (
  tx: Queryable,
  plantId: number,
  { unit, day, shift }: ShiftId,
  event: HandoverEvent,
): Promise<unknown> =>
  tx.rows(
    `insert into handover_events (plant_id, unit, day, shift, state, at, person, acting_for, checklist, stocks, note)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    plantId,
    unit,
    day,
    shift,
    event.state,
    stamp(event.at),
    event.person ?? null,
    event.actingFor ?? null,
    JSON.stringify(event.checklist),
    JSON.stringify(event.stocks),
    event.note,
  );
