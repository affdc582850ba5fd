// Failed attempts to sign in, by subject: an account as it was typed, an address, an account at a device. After some failures
// the subject is paused, each further failure twice as long; what is typed during a pause is not even looked at.
import { createHash } from 'node:crypto';
import type { Queryable } from './database.ts';
import { stamp } from './database.ts';

export interface Pausing {
  readonly failures: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

/** What was typed is hashed, so that a password typed into the wrong field does not lie about in the database. */
export const subjectOf = (
  kind: 'account' | 'pin' | 'address' | 'code',
  ...typed: readonly (string | number)[]
): string =>
  `${kind}:${createHash('sha256').update(typed.join('\n').trim().toLowerCase()).digest('base64url').slice(0, 32)}`;

/** A subject is forgiven when it has been quiet for so long. */
const QUIET_MS = 3_600_000;

/**
 * Counts an attempt as failed before its secret is looked at, so that many at once gain nothing; `forgive` takes it back.
 * Gives the seconds of pause that forbid the attempt, 0 when it may be made.
 */
export async function beginAttempt(
  tx: Queryable,
  plantId: number,
  subject: string,
  { failures, firstMs, longestMs }: Pausing,
  now: number,
): Promise<number> {
  const [counted] = await tx.rows(
    `insert into attempts as a (plant_id, subject, failures, last_at, locked_until)
     values ($1, $2, 1, $3, case when $4 <= 1 then $3::timestamptz + $5 * interval '1 ms' end)
     on conflict (plant_id, subject) do update set
       failures = case when a.last_at < $3::timestamptz - $7 * interval '1 ms' then 1 else a.failures + 1 end,
       last_at = $3,
       locked_until = case
         when a.last_at < $3::timestamptz - $7 * interval '1 ms' or a.failures + 1 < $4 then null
         else $3::timestamptz + least($6::float8, $5 * power(2, least(30, a.failures + 1 - $4))) * interval '1 ms' end
     where a.locked_until is null or a.locked_until <= $3
     returning 1`,
    plantId,
    subject,
    stamp(now),
    failures,
    firstMs,
    longestMs,
    QUIET_MS,
  );
  if (counted !== undefined) return 0;
  const [row] = await tx.rows<{ until: number | null }>(
    'select locked_until as until from attempts where plant_id = $1 and subject = $2',
    plantId,
    subject,
  );
  return Math.max(1, Math.ceil(((row?.until ?? now) - now) / 1000));
}

/** The account was who it said: all is forgotten. */
export async function forgive(tx: Queryable, plantId: number, subjects: readonly string[]): Promise<void> {
  await tx.rows('delete from attempts where plant_id = $1 and subject = any ($2)', plantId, subjects);
}

/** One attempt of an address was good: this one does not count, those of others there still do. */
export async function forgiveOne(
  tx: Queryable,
  plantId: number,
  subject: string,
  { failures }: Pausing,
): Promise<void> {
  await tx.rows(
    `update attempts set failures = greatest(0, failures - 1),
       locked_until = case when failures - 1 < $3 then null else locked_until end
     where plant_id = $1 and subject = $2`,
    plantId,
    subject,
    failures,
  );
}

export async function forgetAttempts(db: Queryable, plantId: number, now: number): Promise<number> {
  const rows = await db.rows(
    'delete from attempts where plant_id = $1 and last_at < $2 returning 1',
    plantId,
    stamp(now - 24 * QUIET_MS),
  );
  return rows.length;
}
