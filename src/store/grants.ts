// Roles granted to people: where, from which day until which, by whom. A grant is ended, never removed.
import type { Queryable } from './database.ts';
import { stamp } from './database.ts';
import type { GrantRow } from './people.ts';

export interface NewGrant {
  readonly person: number;
  readonly role: string;
  readonly place: string;
  readonly fromDay: string;
  readonly untilDay?: string | undefined;
  readonly grantedBy: number | undefined;
}

export async function addGrant(tx: Queryable, plantId: number, grant: NewGrant): Promise<number> {
  const [row] = await tx.rows<{ role_grant: number }>(
    `insert into grants (plant_id, person, role, place, from_day, until_day, granted_by)
     values ($1, $2, $3, $4, $5, $6, $7) returning role_grant`,
    plantId,
    grant.person,
    grant.role,
    grant.place,
    grant.fromDay,
    grant.untilDay ?? null,
    grant.grantedBy ?? null,
  );
  return row!.role_grant;
}

/** Gives the grant that was ended; undefined when the person has none such, `ended` when it had ended before. */
export async function endGrant(
  tx: Queryable,
  plantId: number,
  person: number,
  grant: number,
  { by, now }: { readonly by: number | undefined; readonly now: number },
): Promise<GrantRow | 'ended' | undefined> {
  const [row] = await tx.rows<GrantRow & { ended_at: number | null }>(
    `select role_grant, role, place, from_day, until_day, granted_by, ended_at from grants
     where plant_id = $1 and person = $2 and role_grant = $3 for update`,
    plantId,
    person,
    grant,
  );
  if (row === undefined) return undefined;
  if (row.ended_at !== null) return 'ended';
  await tx.rows(
    'update grants set ended_at = $3, ended_by = $4 where plant_id = $1 and role_grant = $2',
    plantId,
    grant,
    stamp(now),
    by ?? null,
  );
  return row;
}

/**
 * How many people can administer the whole plant on this day. Counted under a lock, so that two administrators cannot each end
 * the other's role at once.
 */
export async function countAdministrators(tx: Queryable, plantId: number, day: string): Promise<number> {
  await tx.rows(`select pg_advisory_xact_lock(hashtext('crewledger.administrators'), $1)`, plantId);
  const [row] = await tx.rows<{ count: number }>(
    `select count(distinct person) as count from grants join people using (plant_id, person)
     where plant_id = $1 and role = 'administrator' and place = 'plant' and ended_at is null
       and from_day <= $2 and (until_day is null or until_day > $2)
       and blocked_at is null and erased_at is null`,
    plantId,
    day,
  );
  return row!.count;
}
