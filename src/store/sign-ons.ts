// Single sign-ons under way: what must be known again when the browser comes back. Each is taken once, within ten minutes.
import type { Queryable } from './database.ts';
import { stamp } from './database.ts';
import { hashSecret } from './secrets.ts';

export interface UnderWay {
  readonly verifier: string;
  readonly nonce: string;
  readonly returnTo: string;
}

const LIFE_MS = 600_000;

export async function keepSignOn(
  db: Queryable,
  plantId: number,
  state: string,
  { verifier, nonce, returnTo }: UnderWay,
  now: number,
): Promise<void> {
  await db.rows('delete from sign_ons where plant_id = $1 and until < $2', plantId, stamp(now));
  await db.rows(
    'insert into sign_ons (plant_id, state_hash, verifier, nonce, return_to, until) values ($1, $2, $3, $4, $5, $6)',
    plantId,
    hashSecret(state),
    verifier,
    nonce,
    returnTo,
    stamp(now + LIFE_MS),
  );
}

export async function takeSignOn(
  db: Queryable,
  plantId: number,
  state: string,
  now: number,
): Promise<UnderWay | undefined> {
  const [row] = await db.rows<{ verifier: string; nonce: string; return_to: string }>(
    'delete from sign_ons where plant_id = $1 and state_hash = $2 and until > $3 returning verifier, nonce, return_to',
    plantId,
    hashSecret(state),
    stamp(now),
  );
  return row === undefined ? undefined : { verifier: row.verifier, nonce: row.nonce, returnTo: row.return_to };
}
