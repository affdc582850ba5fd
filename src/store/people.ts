import type { Queryable } from './database.ts';

/** The teams and organisations a person belongs to, as `team:…`, `administrative:…`, `party:…`. */
export async function placesOfPerson(db: Queryable, plantId: number, person: number): Promise<string[]> {
  const rows = await db.rows<{ place: string }>(
    `select kind || ':' || place as place from memberships where plant_id = $1 and person = $2
       and from_day <= current_date and (until_day is null or until_day > current_date)`,
    plantId,
    person,
  );
  return rows.map(({ place }) => place);
}
