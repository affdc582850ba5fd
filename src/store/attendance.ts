// Attendance: person × shift × team × kind, only ever added to; of one person, day, shift and kind the row added last stands.
import type { Queryable } from './database.ts';

export interface Attendance {
  readonly person: number;
  readonly day: string;
  readonly shift: string;
  readonly team: string;
  readonly kind: string;
  /** Hundredths of an hour. */
  readonly hours: number;
  readonly insteadOf: number | undefined;
  readonly withdrawn: boolean;
  readonly reason: string;
}

export async function addAttendance(
  tx: Queryable,
  plantId: number,
  rows: readonly Attendance[],
  author: number | undefined,
): Promise<void> {
  for (let first = 0; first < rows.length; first += 5000) {
    const some = rows.slice(first, first + 5000);
    await tx.rows(
      `insert into attendance (plant_id, person, day, shift, team, kind, hours, instead_of, withdrawn, reason, recorded_at, author)
       select $1, t.*, clock_of($1), $11::bigint from unnest($2::bigint[], $3::date[], $4::text[], $5::text[], $6::text[],
         $7::int[], $8::bigint[], $9::boolean[], $10::text[]) t`,
      plantId,
      some.map((one) => one.person),
      some.map((one) => one.day),
      some.map((one) => one.shift),
      some.map((one) => one.team),
      some.map((one) => one.kind),
      some.map((one) => one.hours),
      some.map((one) => one.insteadOf ?? null) as never,
      some.map((one) => one.withdrawn) as never,
      some.map((one) => one.reason),
      author ?? null,
    );
  }
}

export interface AttendanceRow extends Attendance {
  readonly entry: number;
  readonly recordedAt: number;
  readonly author: number | undefined;
  /** As they are known now; undefined once erased. */
  readonly staffNumber: string | undefined;
  readonly name: string | undefined;
  readonly insteadOfNumber: string | undefined;
}

export interface AttendanceFilter {
  /** Days, both included. */
  readonly from: string;
  readonly to: string;
  /** Undefined: of all teams. */
  readonly teams: readonly string[] | undefined;
  readonly after?: { readonly day: string; readonly entry: number } | undefined;
}

/** What stands, in order of day. */
export async function standingAttendance(
  db: Queryable,
  plantId: number,
  { from, to, teams, after }: AttendanceFilter,
  limit: number,
): Promise<AttendanceRow[]> {
  const rows = await db.rows<{
    entry: number;
    person: number;
    day: string;
    shift: string;
    team: string;
    kind: string;
    hours: number;
    instead_of: number | null;
    reason: string;
    recorded_at: number;
    author: number | null;
    staff_number: string | null;
    name: string | null;
    instead_of_number: string | null;
  }>(
    `select a.*, p.staff_number, d.name, i.staff_number instead_of_number
       from (select distinct on (person, day, shift, kind) * from attendance
              where plant_id = $1 and day between $2 and $3 order by person, day, shift, kind, entry desc) a
       join people p using (plant_id, person) left join person_details d using (plant_id, person)
       left join people i on i.plant_id = a.plant_id and i.person = a.instead_of
      where not a.withdrawn and ($4::text[] is null or a.team = any ($4))
        and ($5::date is null or (a.day, a.entry) > ($5, $6::bigint))
      order by a.day, a.entry limit $7`,
    plantId,
    from,
    to,
    teams ?? null,
    after?.day ?? null,
    after?.entry ?? null,
    limit,
  );
  return rows.map(({ instead_of, recorded_at, author, staff_number, name, instead_of_number, ...row }) => ({
    ...row,
    insteadOf: instead_of ?? undefined,
    withdrawn: false,
    recordedAt: recorded_at,
    author: author ?? undefined,
    staffNumber: staff_number ?? undefined,
    name: name ?? undefined,
    insteadOfNumber: instead_of_number ?? undefined,
  }));
}

export interface Known {
  readonly person: number;
  readonly staffNumber: string;
  readonly name: string | undefined;
}

/** The people of some staff numbers, whatever their case, those who have left included: they were there once. */
export async function peopleNumbered(
  db: Queryable,
  plantId: number,
  numbers: readonly string[],
): Promise<Map<string, Known>> {
  const rows = await db.rows<{ person: number; staff_number: string; name: string | null }>(
    `select person, staff_number, name from people left join person_details using (plant_id, person)
      where plant_id = $1 and lower(staff_number) = any ($2)`,
    plantId,
    numbers.map((one) => one.toLowerCase()),
  );
  return new Map(
    rows.map(({ person, staff_number, name }) => [
      staff_number.toLowerCase(),
      { person, staffNumber: staff_number, name: name ?? undefined },
    ]),
  );
}
