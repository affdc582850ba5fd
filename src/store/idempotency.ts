// Answers kept for idempotency keys. A key is taken in the transaction of its effect: a second request with the same key
// waits until the first is decided, then is told its answer, or does the work itself when the first was undone.
import { codeOf, type Queryable, type Transaction } from './database.ts';

export interface Kept {
  readonly requestHash: Uint8Array;
  readonly status: number | undefined;
  /** Undefined where the answer held a secret. */
  readonly answer: string | undefined;
  readonly etag: string | undefined;
}

/** `taken`: this transaction does the work. `busy`: another does it, for longer than we wait. */
export type Taking =
  | { readonly kind: 'taken' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'kept'; readonly kept: Kept };

const WAIT_MS = 5_000;

export async function takeKey(
  tx: Transaction,
  plantId: number,
  owner: string,
  key: string,
  requestHash: Uint8Array,
): Promise<Taking> {
  await tx.rows(`set local lock_timeout = ${WAIT_MS}`);
  try {
    const [taken] = await tx.rows(
      `insert into idempotency_keys (plant_id, owner, key, request_hash) values ($1, $2, $3, $4)
       on conflict do nothing returning 1`,
      plantId,
      owner,
      key,
      requestHash,
    );
    if (taken !== undefined) {
      await tx.rows('set local lock_timeout = 0');
      return { kind: 'taken' };
    }
  } catch (error) {
    if (codeOf(error) === '55P03') return { kind: 'busy' };
    throw error;
  }
  const [row] = await tx.rows<{
    request_hash: Buffer;
    status: number | null;
    answer: string | null;
    etag: string | null;
  }>(
    'select request_hash, status, answer, etag from idempotency_keys where plant_id = $1 and owner = $2 and key = $3',
    plantId,
    owner,
    key,
  );
  // Removed between the two statements: as good as busy, the caller asks again.
  if (row === undefined) return { kind: 'busy' };
  const { request_hash, status, answer, etag } = row;
  return {
    kind: 'kept',
    kept: {
      requestHash: request_hash,
      status: status ?? undefined,
      answer: answer ?? undefined,
      etag: etag ?? undefined,
    },
  };
}

export async function keepAnswer(
  tx: Transaction,
  plantId: number,
  owner: string,
  key: string,
  { status, answer, etag }: Omit<Kept, 'requestHash'>,
): Promise<void> {
  await tx.rows(
    'update idempotency_keys set status = $4, answer = $5, etag = $6 where plant_id = $1 and owner = $2 and key = $3',
    plantId,
    owner,
    key,
    status ?? null,
    answer ?? null,
    etag ?? null,
  );
}

/** Forgets keys older than `hours`; a key is good for a day at least. */
export async function forgetKeys(db: Queryable, plantId: number, hours: number): Promise<number> {
  const rows = await db.rows(
    `delete from idempotency_keys where plant_id = $1 and made_at < clock_timestamp() - $2 * interval '1 hour' returning 1`,
    plantId,
    Math.max(24, hours),
  );
  return rows.length;
}
