// What every posting happens under: one transaction, one instant of which all is known, the calendar of today, the closed months.
import { type Day, type Month, monthHolding, type Plant } from '../plant.ts';
import type { Transaction } from '../store/database.ts';

export interface Ledgering {
  readonly tx: Transaction;
  readonly plantId: number;
  /** The plant of today: its calendar and teams. */
  readonly plant: Plant;
  readonly asOf: number;
  /** Accounting months that are closed. */
  readonly closed: ReadonlySet<string>;
}

export const monthOfDay = (plant: Plant, day: Day): Month => monthHolding(day, plant.monthStartsOn);
