// A plant filled from its texts and readings as they stand in a folder: then every shift up to now is settled and posted, month
// by month, by this process and whoever shares the work. For examples, and for a plant that brings its history along.
import { type ReadingFile, readReadings } from '../connect/readings.ts';
import { formatDay, type Month, monthHolding, type Problem, Problems, readPlant, readTable, TABLES } from '../plant.ts';
import type { Database } from '../store/database.ts';
import { countJobs } from '../store/jobs.ts';
import { createPlant, markSeeded, type PlantRow, readClock } from '../store/plants.ts';
import { firstReadingAt } from '../store/readings.ts';
import { sealVouchers } from '../store/vouchers.ts';
import { isModelFile, Plants } from './plants.ts';
import { askFill } from './queue.ts';
import { type FactCells, teachFacts, teachModel, teachReadings } from './teach.ts';

export interface SeedProgress {
  readonly stage: 'facts' | 'readings';
  readonly rows: number;
}

export interface SeedOptions {
  /** File name → text: YAML and tables. */
  readonly texts: ReadonlyMap<string, string>;
  readonly readings: readonly ReadingFile[];
  /** What the plant's clock shows beyond the server's. */
  readonly clockOffsetMs?: number;
  readonly onProgress?: (progress: SeedProgress) => void;
}

export type Seeded =
  | {
      readonly ok: true;
      readonly plant: PlantRow;
      /** It had a model already, and nothing was brought in. */
      readonly there: boolean;
      readonly problems: readonly Problem[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const HISTORY = { author: undefined, source: 'history' };

/**
 * Brings a folder's model, facts and readings in, with the instants at which they were known, if the plant has none yet. Rows
 * that were refused are told; all others stand.
 */
export async function bringHistory(db: Database, options: SeedOptions): Promise<Seeded> {
  const { texts, readings, onProgress = () => {} } = options;
  const { plant, problems } = readPlant(texts);
  if (!plant) return { ok: false, problems };
  const row = await createPlant(db, plant.id, options.clockOffsetMs ?? 0);
  const plants = new Plants(row.plantId);
  await plants.refresh(db);
  if (plants.newest) return { ok: true, plant: row, there: true, problems: [] };
  const teacher = { db, plants };
  const read = await readReadings(plant, readings, {
    onProgress: ({ rows }) => onProgress({ stage: 'readings', rows }),
  });
  const taught = await db.transaction(async (tx) => {
    const files = new Map(
      [...texts].filter(([name]) => isModelFile(name)).map(([name, text]) => [name, Buffer.from(text)]),
    );
    const fromDay = formatDay(Math.min(...firstDays(plant.units.values()), plant.zone.dayAt(Date.now())));
    const model = { files, fromDay, base: undefined, note: '' };
    const saved = await teachModel(teacher, tx, model, HISTORY, plant.id, 0);
    if (!saved.ok) return saved.code === 'problems' ? saved.problems : [];
    for (const [kind, text] of texts) {
      if (isModelFile(kind) || !TABLES[kind]) continue;
      const rows = readTable(kind, text, TABLES[kind], new Problems()).map(({ cells }) => cells as FactCells);
      onProgress({ stage: 'facts', rows: rows.length });
      if (rows.length === 0) continue;
      const facts = await teachFacts(teacher, tx, kind, rows, HISTORY, true);
      if (!facts.ok) return facts.problems;
    }
    await teachReadings(teacher, tx, read.log, HISTORY, true);
    return [];
  });
  if (taught.length > 0) return { ok: false, problems: taught };
  return { ok: true, plant: row, there: false, problems: [...problems, ...read.problems] };
}

const firstDays = (units: Iterable<{ rotation: { periods: readonly { from: number }[] } }>): number[] =>
  [...units].flatMap(({ rotation }) => rotation.periods.map(({ from }) => from));

/** The accounting months from a plant's first reading to now, the oldest first. */
export async function monthsOfHistory(db: Database, plants: Plants): Promise<Month[]> {
  await plants.refresh(db);
  const plant = plants.newest?.plant;
  const first = await firstReadingAt(db, plants.plantId);
  if (!plant || first === undefined) return [];
  const { now } = await readClock(db, plants.plantId);
  const months: Month[] = [];
  // A night shift may begin on the day before its own month.
  for (let month = monthHolding(plant.zone.dayAt(first), plant.monthStartsOn); ; ) {
    months.push(month);
    if (month.last >= plant.zone.dayAt(now)) return months;
    month = monthHolding(month.last + 1, plant.monthStartsOn);
  }
}

/** Has every shift that ended settled and posted by whoever shares the work: the newest month first. */
export async function fillHistory(db: Database, plantId: number): Promise<void> {
  const plants = new Plants(plantId);
  const months = await monthsOfHistory(db, plants);
  await askFill(
    db,
    plantId,
    [...new Set(plants.groups.values())],
    months.map(({ text }) => text),
  );
}

/** How much of the filling is still to be done. */
export async function fillingLeft(db: Database): Promise<number> {
  return (await countJobs(db))
    .filter(({ task }) => task.startsWith('fill'))
    .reduce((sum, { waiting }) => sum + waiting, 0);
}

/** Once nothing is left to fill: the plant is live. */
export async function endFilling(db: Database, plantId: number): Promise<void> {
  await db.transaction((tx) => sealVouchers(tx, plantId));
  await markSeeded(db, plantId);
}
