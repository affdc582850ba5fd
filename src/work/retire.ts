// Letting old readings go: months before a given one, all of whose accounting months are closed. Boundary readings, corrections,
// samples and typed figures stay for ever, and so does every voucher.
import { formatDay, monthHolding, parseDay, plannedShifts } from '../plant.ts';
import type { Database } from '../store/database.ts';
import { closedMonths } from '../store/months.ts';
import { monthsWithReadings, retireMonth } from '../store/retention.ts';
import type { Plants } from './plants.ts';

export interface Retired {
  readonly months: readonly { readonly month: string; readonly gone: number }[];
  /** Months that stay because an accounting month in them is open. */
  readonly open: readonly string[];
}

/** Retires the readings of the calendar months before `before` (`2022-03`). */
export async function retireBefore(db: Database, plants: Plants, before: string): Promise<Retired> {
  await plants.refresh(db);
  const plant = plants.newest?.plant;
  if (!plant) return { months: [], open: [] };
  const closed = new Set((await closedMonths(db, plants.plantId)).map(({ month }) => month));
  const typed = plants.numbersOf(new Set(plant.points.filter(({ kind }) => kind === 'figure').map(({ id }) => id)));
  const months: { month: string; gone: number }[] = [];
  const open: string[] = [];
  for (const month of await monthsWithReadings(db, plants.plantId)) {
    if (month >= before) break;
    const first = parseDay(`${month}-01`)!;
    const days = Array.from({ length: 34 }, (_, i) => first - 1 + i).filter(
      (day) => formatDay(day).startsWith(month) || day < first || day === first + 31,
    );
    // The days around it lean on its readings too.
    if (days.some((day) => !closed.has(monthHolding(day, plant.monthStartsOn).text))) {
      open.push(month);
      continue;
    }
    const edges = new Set<number>();
    for (const day of days)
      for (const unit of plants.on(day)?.plant.units.values() ?? [])
        for (const { from, to } of plannedShifts(unit.rotation, plant.zone, unit.id, day)) edges.add(from).add(to);
    const gone = await db.transaction((tx) =>
      retireMonth(
        tx,
        plants.plantId,
        month,
        [...edges].sort((a, b) => a - b),
        typed.map(({ point }) => point),
      ),
    );
    months.push({ month, gone });
  }
  return { months, open };
}
