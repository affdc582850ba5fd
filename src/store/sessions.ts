// Sessions: who is signed in. Only the SHA-256 of a session's secret is kept. A session ends by leaving, by being idle, at
// its last instant, when it is revoked, and when its person or device is blocked.
import type { Queryable } from './database.ts';
import { stamp } from './database.ts';
import { hashSecret, randomSecret } from './secrets.ts';

export type SignInWay = 'password' | 'pin' | 'oidc' | 'first-code';

export interface SignedIn {
  readonly session: number;
  readonly person: number;
  readonly way: SignInWay;
  readonly device: number | undefined;
  readonly demo: boolean;
  readonly language: 'zh' | 'en' | undefined;
  readonly mustChangePassword: boolean;
  readonly teams: readonly string[];
  readonly grants: readonly { readonly role: string; readonly place: string }[];
}

export interface NewSession {
  readonly person: number;
  readonly way: SignInWay;
  readonly device?: number | undefined;
  readonly idleMs: number;
  readonly lifeMs: number;
  readonly address: string;
  readonly agent: string;
}

/** Gives the secret for the cookie; it is nowhere else. */
export async function openSession(
  tx: Queryable,
  plantId: number,
  now: number,
  { person, way, device, idleMs, lifeMs, address, agent }: NewSession,
): Promise<{ secret: string; session: number }> {
  const secret = randomSecret();
  const [row] = await tx.rows<{ session: number }>(
    `insert into sessions (plant_id, secret_hash, person, way, device, created_at, seen_at, idle_ms, until, address, agent)
     values ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10) returning session`,
    plantId,
    hashSecret(secret),
    person,
    way,
    device ?? null,
    stamp(now),
    idleMs,
    stamp(now + lifeMs),
    address,
    agent.slice(0, 200),
  );
  return { secret, session: row!.session };
}

const ALIVE = `s.ended_at is null and s.until > $3 and s.seen_at + s.idle_ms * interval '1 ms' > $3
  and p.blocked_at is null and p.erased_at is null
  and (s.device is null or exists (select from devices d where d.plant_id = s.plant_id and d.device = s.device
    and d.revoked_at is null))`;

const SEEN_MS = 60_000;

/** Who holds this secret, with the memberships and grants of `day`; undefined when nobody does any more. */
export async function findSession(
  db: Queryable,
  plantId: number,
  secret: string,
  now: number,
  day: string,
): Promise<SignedIn | undefined> {
  const [row] = await db.rows<{
    session: number;
    person: number;
    way: SignInWay;
    device: number | null;
    demo: boolean;
    language: 'zh' | 'en' | null;
    must_change: boolean | null;
    seen_at: number;
    teams: string[] | null;
    grants: { role: string; place: string }[] | null;
  }>(
    `select s.session, s.person, s.way, s.device, s.seen_at, p.demo, p.language, c.must_change,
       (select array_agg(m.place) from memberships m where m.plant_id = p.plant_id and m.person = p.person
         and m.kind = 'team' and m.from_day <= $4 and (m.until_day is null or m.until_day > $4)) teams,
       (select json_agg(json_build_object('role', g.role, 'place', g.place)) from grants g
         where g.plant_id = p.plant_id and g.person = p.person and g.ended_at is null
         and g.from_day <= $4 and (g.until_day is null or g.until_day > $4)) grants
     from sessions s join people p using (plant_id, person) left join credentials c using (plant_id, person)
     where s.plant_id = $1 and s.secret_hash = $2 and ${ALIVE}`,
    plantId,
    hashSecret(secret),
    stamp(now),
    day,
  );
  if (row === undefined) return undefined;
  // Idleness is counted in minutes: not every look is a write. Looking works while nothing can be written.
  if (now - row.seen_at > SEEN_MS) {
    await db
      .rows('update sessions set seen_at = $3 where plant_id = $1 and session = $2', plantId, row.session, stamp(now))
      .catch(() => {});
  }
  return {
    session: row.session,
    person: row.person,
    way: row.way,
    device: row.device ?? undefined,
    demo: row.demo,
    language: row.language ?? undefined,
    mustChangePassword: row.way === 'password' && (row.must_change ?? false),
    teams: row.teams ?? [],
    grants: row.grants ?? [],
  };
}

/** Of these sessions, those that still hold: what open event streams ask from time to time. */
export async function aliveSessions(
  db: Queryable,
  plantId: number,
  sessions: readonly number[],
  now: number,
): Promise<ReadonlySet<number>> {
  const rows = await db.rows<{ session: number }>(
    `select s.session from sessions s join people p using (plant_id, person)
     where s.plant_id = $1 and s.session = any ($2::bigint[]) and ${ALIVE}`,
    plantId,
    sessions,
    stamp(now),
  );
  return new Set(rows.map(({ session }) => session));
}

export interface SessionRow {
  readonly session: number;
  readonly way: SignInWay;
  readonly device: number | null;
  readonly created_at: number;
  readonly seen_at: number;
  readonly until: number;
  readonly address: string;
  readonly agent: string;
}

export const listSessions = (db: Queryable, plantId: number, person: number, now: number): Promise<SessionRow[]> =>
  db.rows<SessionRow>(
    `select s.session, s.way, s.device, s.created_at, s.seen_at, s.until, s.address, s.agent
     from sessions s join people p using (plant_id, person)
     where s.plant_id = $1 and s.person = $2 and ${ALIVE} order by s.seen_at desc`,
    plantId,
    person,
    stamp(now),
  );

/** Ends one session of the person, or all but `keep`; gives how many were still open. */
export async function endSessions(
  tx: Queryable,
  plantId: number,
  person: number,
  { session, keep }: { readonly session?: number | undefined; readonly keep?: number | undefined },
  now: number,
): Promise<number> {
  const rows = await tx.rows(
    `update sessions set ended_at = $5 where plant_id = $1 and person = $2 and ended_at is null
       and ($3::bigint is null or session = $3) and ($4::bigint is null or session <> $4) returning 1`,
    plantId,
    person,
    session ?? null,
    keep ?? null,
    stamp(now),
  );
  return rows.length;
}

/** Removes sessions that ended more than `days` ago, with their addresses. */
export async function forgetSessions(db: Queryable, plantId: number, now: number, days: number): Promise<number> {
  const rows = await db.rows(
    'delete from sessions where plant_id = $1 and least(until, ended_at) < $2 returning 1',
    plantId,
    stamp(now - days * 86_400_000),
  );
  return rows.length;
}
