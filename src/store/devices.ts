// Kiosks: a device is announced by an administrator, who gets a one-time code; whoever types the code on the device binds it.
// From then on people may sign in there with a PIN. Only hashes of code and secret are kept.
import type { Queryable } from './database.ts';
import { stamp } from './database.ts';
import { hashCode, hashSecret, randomCode, randomSecret } from './secrets.ts';

export interface DeviceRow {
  readonly device: number;
  readonly name: string;
  readonly place: string;
  readonly created_by: number | null;
  readonly created_at: number;
  readonly registered_at: number | null;
  readonly seen_at: number | null;
  readonly revoked_at: number | null;
}

const COLUMNS = 'device, name, place, created_by, created_at, registered_at, seen_at, revoked_at';
const CODE_MS = 30 * 60_000;
const SEEN_MS = 60_000;

export async function announceDevice(
  tx: Queryable,
  plantId: number,
  { name, place, by, now }: { name: string; place: string; by: number | undefined; now: number },
): Promise<{ device: number; code: string; until: number }> {
  const code = randomCode();
  const until = now + CODE_MS;
  const [row] = await tx.rows<{ device: number }>(
    `insert into devices (plant_id, name, place, code_hash, code_until, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7) returning device`,
    plantId,
    name,
    place,
    hashCode(code),
    stamp(until),
    by ?? null,
    stamp(now),
  );
  return { device: row!.device, code, until };
}

/** Binds the device of the code; its secret goes into the device's cookie. Undefined when the code holds for none. */
export async function bindDevice(
  tx: Queryable,
  plantId: number,
  code: string,
  now: number,
): Promise<{ device: number; name: string; secret: string } | undefined> {
  const secret = randomSecret();
  const [row] = await tx.rows<{ device: number; name: string }>(
    `update devices set secret_hash = $3, registered_at = $4, code_hash = null, code_until = null
     where plant_id = $1 and code_hash = $2 and code_until > $4 and revoked_at is null returning device, name`,
    plantId,
    hashCode(code),
    hashSecret(secret),
    stamp(now),
  );
  return row === undefined ? undefined : { ...row, secret };
}

export async function findDevice(
  db: Queryable,
  plantId: number,
  secret: string,
  now: number,
): Promise<DeviceRow | undefined> {
  const [row] = await db.rows<DeviceRow>(
    `select ${COLUMNS} from devices where plant_id = $1 and secret_hash = $2 and revoked_at is null`,
    plantId,
    hashSecret(secret),
  );
  if (row !== undefined && now - (row.seen_at ?? 0) > SEEN_MS) {
    await db
      .rows('update devices set seen_at = $3 where plant_id = $1 and device = $2', plantId, row.device, stamp(now))
      .catch(() => {});
  }
  return row;
}

export const listDevices = (db: Queryable, plantId: number): Promise<DeviceRow[]> =>
  db.rows<DeviceRow>(`select ${COLUMNS} from devices where plant_id = $1 order by device desc`, plantId);

/** Ends the device and, with it, every session opened there; gives it as it was before. */
export async function revokeDevice(
  tx: Queryable,
  plantId: number,
  device: number,
  now: number,
): Promise<DeviceRow | undefined> {
  const [row] = await tx.rows<DeviceRow>(
    `select ${COLUMNS} from devices where plant_id = $1 and device = $2 for update`,
    plantId,
    device,
  );
  if (row !== undefined && row.revoked_at === null)
    await tx.rows(
      'update devices set revoked_at = $3, code_hash = null, secret_hash = null where plant_id = $1 and device = $2',
      plantId,
      device,
      stamp(now),
    );
  return row;
}
