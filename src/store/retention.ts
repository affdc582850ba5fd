// Readings older than their retention go, month by month; what settled sheets lean on stays for ever.
import { type Queryable, stamp } from './database.ts';

/** Months (`2022-03`, by the UTC calendar that partitions go by) whose readings were retired. */
export async function retiredMonths(db: Queryable, plantId: number): Promise<string[]> {
  const rows = await db.rows<{ month: string }>(
    `select to_char(month, 'YYYY-MM') as month from retired_months where plant_id = $1 order by 1`,
    plantId,
  );
  return rows.map(({ month }) => month);
}

/** Months that hold readings of a plant, by the UTC calendar, the oldest first. */
export async function monthsWithReadings(db: Queryable, plantId: number): Promise<string[]> {
  const rows = await db.rows<{ month: string }>(
    `select to_char(to_date(substr(c.relname, 10), 'YYYY_MM'), 'YYYY-MM') as month
       from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'crewledger.readings'::regclass order by 1`,
  );
  const retired = new Set(await retiredMonths(db, plantId));
  return rows.map(({ month }) => month).filter((month) => !retired.has(month));
}

/**
 * Lets the readings of a month go: kept are the neighbours of `edges`, every instant that has several rows (corrections), and
 * all of the points `whole`. Gives how many rows went.
 */
export async function retireMonth(
  tx: Queryable,
  plantId: number,
  month: string,
  edges: readonly number[],
  whole: readonly number[],
): Promise<number> {
  const [row] = await tx.rows<{ gone: number }>(
    'select retire_month($1, $2, $3, $4) as gone',
    plantId,
    `${month}-01`,
    edges.map(stamp),
    whole,
  );
  return row!.gone;
}
