// People of a plant: staff numbers, the one erasable table of details, memberships and grants by day. What an id stands for
// is known here alone; erasing leaves the id, so that postings and audit keep their author.
import type { Queryable } from './database.ts';
import { stamp } from './database.ts';

export type MembershipKind = 'team' | 'administrative' | 'party';

export interface PersonRow {
  readonly person: number;
  readonly staff_number: string | null;
  readonly demo: boolean;
  readonly language: 'zh' | 'en' | null;
  readonly blocked_at: number | null;
  readonly erased_at: number | null;
  readonly version: number;
  readonly name: string | null;
  readonly phone: string | null;
  readonly memberships: readonly MembershipRow[];
  readonly grants: readonly GrantRow[];
}

export interface MembershipRow {
  readonly kind: MembershipKind;
  readonly place: string;
  readonly from_day: string;
  readonly until_day: string | null;
}

export interface GrantRow {
  readonly role_grant: number;
  readonly role: string;
  readonly place: string;
  readonly from_day: string;
  readonly until_day: string | null;
  readonly granted_by: number | null;
}

/** `$2` is always the day of the calendar at the plant: at midnight there, it is another day on a server in UTC. */
const HELD = `from_day <= $2 and (until_day is null or until_day > $2)`;

const PERSON = `
  select p.person, p.staff_number, p.demo, p.language, p.blocked_at, p.erased_at, p.version, d.name, d.phone,
    coalesce((select json_agg(json_build_object('kind', m.kind, 'place', m.place, 'from_day', m.from_day,
        'until_day', m.until_day) order by m.membership) from memberships m
      where m.plant_id = p.plant_id and m.person = p.person
        and (m.until_day is null or m.until_day > $2)), '[]') memberships,
    coalesce((select json_agg(json_build_object('role_grant', g.role_grant, 'role', g.role, 'place', g.place,
        'from_day', g.from_day, 'until_day', g.until_day, 'granted_by', g.granted_by) order by g.role_grant) from grants g
      where g.plant_id = p.plant_id and g.person = p.person and g.ended_at is null
        and (g.until_day is null or g.until_day > $2)), '[]') grants
  from people p left join person_details d using (plant_id, person)`;

/** With the memberships and grants that hold on `day` or will hold later. */
export async function findPerson(
  db: Queryable,
  plantId: number,
  person: number,
  day: string,
): Promise<PersonRow | undefined> {
  const [row] = await db.rows<PersonRow>(`${PERSON} where p.plant_id = $1 and p.person = $3`, plantId, day, person);
  return row;
}

export interface PeopleFilter {
  readonly day: string;
  /** People who belong to one of these now: `team:…`, `administrative:…`, `party:…`; all of the plant without. */
  readonly places?: readonly string[] | undefined;
  /** Part of the name, or the beginning of the staff number. */
  readonly search?: string | undefined;
  readonly ids?: readonly number[] | undefined;
  readonly after?: number | undefined;
}

/** In the order of their ids; those who were erased are left out. */
export const listPeople = (
  db: Queryable,
  plantId: number,
  { day, places, search, ids, after }: PeopleFilter,
  limit: number,
): Promise<PersonRow[]> =>
  db.rows<PersonRow>(
    `${PERSON} where p.plant_id = $1 and p.erased_at is null and p.person > $3
       and ($4::text[] is null or exists (select from memberships m where m.plant_id = p.plant_id and m.person = p.person
         and m.kind || ':' || m.place = any ($4) and ${HELD}))
       and ($5::text is null or position(lower($5) in lower(d.name)) > 0 or starts_with(lower(p.staff_number), lower($5)))
       and ($6::bigint[] is null or p.person = any ($6))
     order by p.person limit $7`,
    plantId,
    day,
    after ?? 0,
    places ?? null,
    search ?? null,
    ids ?? null,
    limit,
  );

/** The teams and organisations a person belongs to, as `team:…`, `administrative:…`, `party:…`. */
export async function placesOfPerson(db: Queryable, plantId: number, person: number, day: string): Promise<string[]> {
  const rows = await db.rows<{ place: string }>(
    `select kind || ':' || place as place from memberships where plant_id = $1 and person = $3 and ${HELD}`,
    plantId,
    day,
    person,
  );
  return rows.map(({ place }) => place);
}

/** The person of a staff number, whatever its case; undefined when nobody has it, or they are blocked or erased. */
export async function personOf(
  db: Queryable,
  plantId: number,
  staffNumber: string,
): Promise<{ person: number; demo: boolean; staffNumber: string } | undefined> {
  const [row] = await db.rows<{ person: number; demo: boolean; staff_number: string }>(
    `select person, demo, staff_number from people where plant_id = $1 and lower(staff_number) = lower($2)
       and blocked_at is null and erased_at is null`,
    plantId,
    staffNumber.trim(),
  );
  return row === undefined ? undefined : { person: row.person, demo: row.demo, staffNumber: row.staff_number };
}

/** The id of a staff number, blocked or not; those who were erased have none. */
export async function personNumbered(db: Queryable, plantId: number, staffNumber: string): Promise<number | undefined> {
  const [row] = await db.rows<{ person: number }>(
    'select person from people where plant_id = $1 and lower(staff_number) = lower($2)',
    plantId,
    staffNumber.trim(),
  );
  return row?.person;
}

export interface NewPerson {
  readonly staffNumber: string;
  readonly name: string;
  readonly phone?: string | undefined;
  readonly language?: 'zh' | 'en' | undefined;
  readonly demo?: boolean;
}

/** Undefined when the staff number is taken. */
export async function addPerson(tx: Queryable, plantId: number, person: NewPerson): Promise<number | undefined> {
  const [row] = await tx.rows<{ person: number }>(
    `insert into people (plant_id, staff_number, demo, language) values ($1, $2, $3, $4)
     on conflict (plant_id, lower(staff_number)) do nothing returning person`,
    plantId,
    person.staffNumber.trim(),
    person.demo ?? false,
    person.language ?? null,
  );
  if (row === undefined) return undefined;
  await setDetails(tx, plantId, row.person, person);
  return row.person;
}

export async function setDetails(
  tx: Queryable,
  plantId: number,
  person: number,
  { name, phone }: { readonly name: string; readonly phone?: string | undefined },
): Promise<void> {
  await tx.rows(
    `insert into person_details (plant_id, person, name, phone) values ($1, $2, $3, $4)
     on conflict (plant_id, person) do update set name = excluded.name, phone = excluded.phone`,
    plantId,
    person,
    name,
    phone ?? null,
  );
}

/** Locks the person against other changes and counts the change up; gives the version before, undefined for nobody. */
export async function lockPerson(tx: Queryable, plantId: number, person: number): Promise<number | undefined> {
  const [row] = await tx.rows<{ version: number }>(
    'update people set version = version + 1 where plant_id = $1 and person = $2 and erased_at is null returning version',
    plantId,
    person,
  );
  return row === undefined ? undefined : row.version - 1;
}

export async function setPerson(
  tx: Queryable,
  plantId: number,
  person: number,
  { language, blocked, now }: { language?: 'zh' | 'en' | null; blocked?: boolean | undefined; now: number },
): Promise<void> {
  if (language !== undefined)
    await tx.rows('update people set language = $3 where plant_id = $1 and person = $2', plantId, person, language);
  if (blocked !== undefined)
    await tx.rows(
      'update people set blocked_at = case when $3 then coalesce(blocked_at, $4::timestamptz) end where plant_id = $1 and person = $2',
      plantId,
      person,
      blocked,
      stamp(now),
    );
}

/** From `fromDay` on the person belongs there (or, without a place, nowhere of that kind). */
export async function moveMembership(
  tx: Queryable,
  plantId: number,
  person: number,
  { kind, place, fromDay, untilDay }: { kind: MembershipKind; place?: string; fromDay: string; untilDay?: string },
): Promise<void> {
  await tx.rows(
    `delete from memberships where plant_id = $1 and person = $2 and kind = $3 and from_day >= $4`,
    plantId,
    person,
    kind,
    fromDay,
  );
  await tx.rows(
    `update memberships set until_day = $4 where plant_id = $1 and person = $2 and kind = $3
       and (until_day is null or until_day > $4)`,
    plantId,
    person,
    kind,
    fromDay,
  );
  if (place !== undefined)
    await tx.rows(
      'insert into memberships (plant_id, person, kind, place, from_day, until_day) values ($1, $2, $3, $4, $5, $6)',
      plantId,
      person,
      kind,
      place,
      fromDay,
      untilDay ?? null,
    );
}

/** Removes all that tells who someone is, and every way in; the id stays. */
export async function erasePerson(tx: Queryable, plantId: number, person: number, now: number): Promise<void> {
  await tx.rows('delete from person_details where plant_id = $1 and person = $2', plantId, person);
  await tx.rows('delete from credentials where plant_id = $1 and person = $2', plantId, person);
  // Sessions hold addresses and browsers.
  await tx.rows('delete from sessions where plant_id = $1 and person = $2', plantId, person);
  await tx.rows(
    `update grants set ended_at = $3 where plant_id = $1 and person = $2 and ended_at is null`,
    plantId,
    person,
    stamp(now),
  );
  await tx.rows(
    `update people set staff_number = null, language = null, erased_at = $3, version = version + 1
     where plant_id = $1 and person = $2`,
    plantId,
    person,
    stamp(now),
  );
}
