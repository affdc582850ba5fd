// Sheets settled to be looked at: a running shift, a posted version opened to its readings, any shift as it was known at any
// instant. Nothing of it is posted.
import { type Day, monthHolding, type Shift } from '../plant.ts';
import type { Instant } from '../quantity.ts';
import { type Books, type Sheet, settleShift } from '../statement.ts';
import type { Database } from '../store/database.ts';
import { readClock } from '../store/plants.ts';
import { Plants } from './plants.ts';
import { Windows } from './window.ts';

export interface Viewed {
  readonly sheet: Sheet;
  readonly books: Books;
  readonly model: number;
  readonly asOf: Instant;
}

export class View {
  private readonly db: Database;
  private readonly plantId: number;
  private readonly windows = new Windows(6_000_000);
  private readonly eras = new Map<string, Plants>();

  constructor(db: Database, plantId: number) {
    this.db = db;
    this.plantId = plantId;
  }

  /** A shift as of an instant (now, without one); undefined when the model of its day has none such. */
  async sheet(unit: string, day: Day, code: string, asOf?: Instant): Promise<Viewed | undefined> {
    return this.db.transaction(async (tx) => {
      const { closedUntil } = await readClock(tx, this.plantId);
      const at = Math.min(asOf ?? closedUntil, closedUntil);
      const [row] = await tx.rows<{ era: string }>(
        `select (select coalesce(max(version), 0) from model_versions where plant_id = $1 and recorded_at <= $2) || '/' ||
                (select coalesce(max(fact), 0) from facts where plant_id = $1 and kind = 'replacements.csv' and recorded_at <= $2) as era`,
        this.plantId,
        new Date(at).toISOString(),
      );
      let plants = this.eras.get(row!.era);
      if (!plants) {
        plants = new Plants(this.plantId, at);
        await plants.refresh(tx);
        if (this.eras.size > 8) this.eras.clear();
        this.eras.set(row!.era, plants);
      }
      const model = plants.on(day, at);
      const group = plants.groups.get(unit);
      const found = model?.plant.units.get(unit);
      if (!model || !found || group === undefined) return undefined;
      const window = await this.windows.open(tx, plants, group, monthHolding(day, model.plant.monthStartsOn), at);
      const books = window.books(model.version, at);
      const shift = books.shiftsOn(found, day).find((one: Shift) => one.code === code);
      return shift && { sheet: settleShift(books, shift), books, model: model.version, asOf: at };
    });
  }
}
