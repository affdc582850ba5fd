// What people sign in with: password and PIN (argon2id), and the one-time code of a plant without people.
import type { Queryable } from './database.ts';
import { stamp } from './database.ts';
import { hashChosen, hashCode, matchesChosen, randomCode } from './secrets.ts';

export interface Credential {
  readonly password: string | undefined;
  readonly pin: string | undefined;
  readonly mustChange: boolean;
}

const NONE: Credential = { password: undefined, pin: undefined, mustChange: false };

export async function credentialOf(db: Queryable, plantId: number, person: number | undefined): Promise<Credential> {
  // Asked for nobody too: who does not exist takes as long as who does.
  const [row] = await db.rows<{ password: string | null; pin: string | null; must_change: boolean }>(
    'select password, pin, must_change from credentials where plant_id = $1 and person = $2',
    plantId,
    person ?? 0,
  );
  return row === undefined
    ? NONE
    : { password: row.password ?? undefined, pin: row.pin ?? undefined, mustChange: row.must_change };
}

export const hasPassword = async (db: Queryable, plantId: number, person: number, password: string): Promise<boolean> =>
  matchesChosen(password, (await credentialOf(db, plantId, person)).password);

export async function setPassword(
  tx: Queryable,
  plantId: number,
  person: number,
  { password, mustChange, now }: { readonly password: string; readonly mustChange: boolean; readonly now: number },
): Promise<void> {
  await tx.rows(
    `insert into credentials (plant_id, person, password, must_change, changed_at) values ($1, $2, $3, $4, $5)
     on conflict (plant_id, person) do update
       set password = excluded.password, must_change = excluded.must_change, changed_at = excluded.changed_at`,
    plantId,
    person,
    await hashChosen(password),
    mustChange,
    stamp(now),
  );
}

/** Without a PIN the person can use none any more. */
export async function setPin(
  tx: Queryable,
  plantId: number,
  person: number,
  pin: string | undefined,
  now: number,
): Promise<void> {
  await tx.rows(
    `insert into credentials (plant_id, person, pin, pin_changed_at) values ($1, $2, $3, $4)
     on conflict (plant_id, person) do update set pin = excluded.pin, pin_changed_at = excluded.pin_changed_at`,
    plantId,
    person,
    pin === undefined ? null : await hashChosen(pin),
    stamp(now),
  );
}

const FIRST_CODE_MS = 24 * 3_600_000;

/** A new code for a plant that has nobody yet, replacing any before; undefined when somebody is there. */
export async function makeFirstCode(tx: Queryable, plantId: number, now: number): Promise<string | undefined> {
  const [someone] = await tx.rows('select 1 from people where plant_id = $1 limit 1', plantId);
  if (someone !== undefined) return undefined;
  const code = randomCode();
  await tx.rows('delete from first_codes where plant_id = $1', plantId);
  await tx.rows(
    'insert into first_codes (plant_id, code_hash, until) values ($1, $2, $3)',
    plantId,
    hashCode(code),
    stamp(now + FIRST_CODE_MS),
  );
  return code;
}

/** `open`: it was right, and holds no more. */
export async function takeFirstCode(
  tx: Queryable,
  plantId: number,
  code: string,
  now: number,
): Promise<'open' | 'wrong' | 'closed'> {
  const [someone] = await tx.rows('select 1 from people where plant_id = $1 limit 1', plantId);
  if (someone !== undefined) return 'closed';
  const taken = await tx.rows(
    'delete from first_codes where plant_id = $1 and code_hash = $2 and until > $3 returning 1',
    plantId,
    hashCode(code),
    stamp(now),
  );
  return taken.length > 0 ? 'open' : 'wrong';
}
