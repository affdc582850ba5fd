// Closed months, and late truths about them that wait for someone's word.
import type { PackedSheet } from '../ranking.ts';
import { type Queryable, stamp } from './database.ts';

export interface ClosedMonth {
  readonly month: string;
  readonly closedAt: number;
  readonly closedBy: number | undefined;
  readonly reason: string;
}

export async function closedMonths(db: Queryable, plantId: number): Promise<ClosedMonth[]> {
  const rows = await db.rows<{ month: string; closed_at: number; closed_by: number | null; reason: string }>(
    'select month, closed_at, closed_by, reason from months where plant_id = $1 order by month',
    plantId,
  );
  return rows.map(({ month, closed_at: closedAt, closed_by, reason }) => ({
    month,
    closedAt,
    closedBy: closed_by ?? undefined,
    reason,
  }));
}

/** Closing and posting exclude each other: whoever posts holds this shared, whoever closes alone. Gives the closed months. */
export async function holdMonths(tx: Queryable, plantId: number, alone = false): Promise<ReadonlySet<string>> {
  await tx.rows(`select pg_advisory_xact_lock${alone ? '' : '_shared'}(hashtext('crewledger.months'), $1)`, plantId);
  return new Set(
    (await tx.rows<{ month: string }>('select month from months where plant_id = $1', plantId)).map(
      ({ month }) => month,
    ),
  );
}

/** Closes a month; false when it was closed already. */
export async function closeMonth(
  tx: Queryable,
  plantId: number,
  month: string,
  at: number,
  by: number | undefined,
  reason: string,
): Promise<boolean> {
  const rows = await tx.rows(
    `insert into months (plant_id, month, closed_at, closed_by, reason) values ($1, $2, $3, $4, $5)
     on conflict do nothing returning month`,
    plantId,
    month,
    stamp(at),
    by ?? null,
    reason,
  );
  return rows.length > 0;
}

export type RestatementState = 'waiting' | 'approved' | 'refused' | 'replaced';

export interface Restatement {
  readonly restatement: number;
  readonly key: string;
  readonly unit: string;
  readonly day: string;
  readonly shift: string;
  /** The voucher it would restate. */
  readonly basedOn: number;
  readonly asOf: number;
  readonly model: number;
  readonly causes: string;
  readonly record: string;
  readonly inputs: string;
  readonly ranked: PackedSheet;
  readonly gainDifferenceFen: number | undefined;
  readonly state: RestatementState;
  readonly decidedBy: number | undefined;
  readonly decidedAt: number | undefined;
  readonly reason: string;
}

const COLUMNS = `restatement, key, unit, day, shift, based_on, as_of, model, causes, record, inputs, ranked, gain_difference_fen, state,
  decided_by, decided_at, reason`;

interface RawRestatement {
  readonly restatement: number;
  readonly key: string;
  readonly unit: string;
  readonly day: string;
  readonly shift: string;
  readonly based_on: number;
  readonly as_of: number;
  readonly model: number;
  readonly causes: string;
  readonly record: string;
  readonly inputs: string;
  readonly ranked: PackedSheet;
  readonly gain_difference_fen: number | null;
  readonly state: RestatementState;
  readonly decided_by: number | null;
  readonly decided_at: number | null;
  readonly reason: string;
}

const restatementOf = ({
  based_on,
  as_of,
  gain_difference_fen,
  decided_by,
  decided_at,
  ...rest
}: RawRestatement): Restatement => ({
  ...rest,
  basedOn: based_on,
  asOf: as_of,
  gainDifferenceFen: gain_difference_fen ?? undefined,
  decidedBy: decided_by ?? undefined,
  decidedAt: decided_at ?? undefined,
});

export type NewRestatement = Omit<Restatement, 'restatement' | 'state' | 'decidedBy' | 'decidedAt' | 'reason'>;

/** Lays a restatement before those who decide; an earlier one of the same shift that still waits is replaced by it. */
export async function proposeRestatement(tx: Queryable, plantId: number, one: NewRestatement): Promise<number> {
  await tx.rows(
    `update restatements set state = 'replaced' where plant_id = $1 and key = $2 and state = 'waiting'`,
    plantId,
    one.key,
  );
  const [row] = await tx.rows<{ restatement: number }>(
    `insert into restatements (plant_id, key, unit, day, shift, based_on, as_of, model, causes, record, inputs, ranked,
       gain_difference_fen)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning restatement`,
    plantId,
    one.key,
    one.unit,
    one.day,
    one.shift,
    one.basedOn,
    stamp(one.asOf),
    one.model,
    one.causes,
    one.record,
    one.inputs,
    JSON.stringify(one.ranked),
    one.gainDifferenceFen ?? null,
  );
  return row!.restatement;
}

export async function listRestatements(
  db: Queryable,
  plantId: number,
  state?: RestatementState,
  keys?: readonly string[],
): Promise<Restatement[]> {
  const rows = await db.rows<RawRestatement>(
    `select ${COLUMNS} from restatements where plant_id = $1 and ($2::text is null or state = $2)
       and ($3::text[] is null or key = any($3)) order by restatement desc`,
    plantId,
    state ?? null,
    keys ?? null,
  );
  return rows.map(restatementOf);
}

/** The restatement, held until commit. */
export async function holdRestatement(
  tx: Queryable,
  plantId: number,
  restatement: number,
): Promise<Restatement | undefined> {
  const [row] = await tx.rows<RawRestatement>(
    `select ${COLUMNS} from restatements where plant_id = $1 and restatement = $2 for update`,
    plantId,
    restatement,
  );
  return row && restatementOf(row);
}

export const decideRestatement = (
  tx: Queryable,
  plantId: number,
  restatement: number,
  state: 'approved' | 'refused' | 'replaced',
  by: number | undefined,
  at: number,
  reason: string,
): Promise<unknown> =>
  tx.rows(
    `update restatements set state = $3, decided_by = $4, decided_at = $5, reason = $6 where plant_id = $1 and restatement = $2`,
    plantId,
    restatement,
    state,
    by ?? null,
    stamp(at),
    reason,
  );
