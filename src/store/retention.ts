// Readings older than their retention go, month by month; what settled sheets lean on stays for ever.
import type { Queryable } from './database.ts';

/** Months (`2022-03`, by the UTC calendar that partitions go by) whose readings were retired. */
export async function retiredMonths(db: Queryable, plantId: number): Promise<string[]> {
  const rows = await db.rows<{ month: string }>(
    `select to_char(month, 'YYYY-MM') as month from retired_months where plant_id = $1 order by 1`,
    plantId,
  );
  return rows.map(({ month }) => month);
}
