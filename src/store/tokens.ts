// Tokens of machines: what they may do and where, until when. Only the SHA-256 of a token is kept; it is shown once.
import type { Queryable } from './database.ts';
import { stamp } from './database.ts';
import { hashSecret, randomSecret } from './secrets.ts';

/** Makes a token recognisable in a leaked file. */
export const TOKEN_PREFIX = 'clt_';

export interface NewToken {
  readonly name: string;
  readonly actions: readonly string[];
  readonly place: string;
  readonly until: number;
  readonly createdBy: number | undefined;
}

export async function makeToken(
  tx: Queryable,
  plantId: number,
  { name, actions, place, until, createdBy }: NewToken,
): Promise<{ token: number; secret: string }> {
  const secret = TOKEN_PREFIX + randomSecret();
  const [row] = await tx.rows<{ token: number }>(
    `insert into tokens (plant_id, name, secret_hash, actions, place, created_by, until)
     values ($1, $2, $3, $4, $5, $6, $7) returning token`,
    plantId,
    name,
    hashSecret(secret),
    actions,
    place,
    createdBy ?? null,
    stamp(until),
  );
  return { token: row!.token, secret };
}

export interface TokenRow {
  readonly token: number;
  readonly name: string;
  readonly actions: readonly string[];
  readonly place: string;
  readonly created_by: number | null;
  readonly created_at: number;
  readonly until: number;
  readonly used_at: number | null;
  readonly revoked_at: number | null;
}

const COLUMNS = 'token, name, actions, place, created_by, created_at, until, used_at, revoked_at';
const USED_MS = 60_000;

export async function findToken(
  db: Queryable,
  plantId: number,
  secret: string,
  now: number,
): Promise<TokenRow | undefined> {
  const [row] = await db.rows<TokenRow>(
    `select ${COLUMNS} from tokens where plant_id = $1 and secret_hash = $2 and revoked_at is null and until > $3`,
    plantId,
    hashSecret(secret),
    stamp(now),
  );
  if (row !== undefined && now - (row.used_at ?? 0) > USED_MS) {
    await db
      .rows('update tokens set used_at = $3 where plant_id = $1 and token = $2', plantId, row.token, stamp(now))
      .catch(() => {});
  }
  return row;
}

export const listTokens = (db: Queryable, plantId: number): Promise<TokenRow[]> =>
  db.rows<TokenRow>(`select ${COLUMNS} from tokens where plant_id = $1 order by token desc`, plantId);

/** Gives the token as it was before, or nothing where there is none such. */
export async function revokeToken(
  tx: Queryable,
  plantId: number,
  token: number,
  now: number,
): Promise<TokenRow | undefined> {
  const [row] = await tx.rows<TokenRow>(
    `select ${COLUMNS} from tokens where plant_id = $1 and token = $2 for update`,
    plantId,
    token,
  );
  if (row !== undefined && row.revoked_at === null)
    await tx.rows('update tokens set revoked_at = $3 where plant_id = $1 and token = $2', plantId, token, stamp(now));
  return row;
}
