// A plant filled from its texts and readings as they stand in a folder: then every shift up to now is settled and posted, month
// by month, by this process and whoever shares the work. For examples, and for a plant that brings its history along.
import { type ReadingFile, readReadings } from '../connect/readings.ts';
import { formatDay, type Month, monthHolding, type Problem, Problems, readPlant, readTable, TABLES } from '../plant.ts';
import type { Database } from '../store/database.ts';
import { createPlant, markSeeded, type PlantRow, readClock } from '../store/plants.ts';
import { firstReadingAt } from '../store/readings.ts';
import { sealVouchers } from '../store/vouchers.ts';
import { isModelFile, Plants } from './plants.ts';
import { settleGroup } from './settle.ts';
import { type FactCells, teachFacts, teachModel, teachReadings } from './teach.ts';
import { Windows } from './window.ts';

export interface SeedProgress {
  readonly stage: 'model' | 'facts' | 'readings' | 'settling' | 'sealing' | 'done';
  readonly done: number;
  readonly of: number;
  /** Of settling: the accounting month at hand. */
  readonly month?: string;
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
  | { readonly ok: true; readonly plant: PlantRow; readonly problems: readonly Problem[] }
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
  if (plants.newest) return { ok: true, plant: row, problems: [] };
  const teacher = { db, plants };
  onProgress({ stage: 'readings', done: 0, of: 1 });
  const read = await readReadings(plant, readings, {
    onProgress: ({ rows }) => onProgress({ stage: 'readings', done: rows, of: Number.NaN }),
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
      onProgress({ stage: 'facts', done: 0, of: rows.length });
      if (rows.length === 0) continue;
      const facts = await teachFacts(teacher, tx, kind, rows, HISTORY, true);
      if (!facts.ok) return facts.problems;
    }
    await teachReadings(teacher, tx, read.log, HISTORY, true);
    // What was brought in is settled below; nothing of it is a change to anything.
    await tx.rows('delete from touches where plant_id = $1', row.plantId);
    return [];
  });
  if (taught.length > 0) return { ok: false, problems: taught };
  return { ok: true, plant: row, problems: [...problems, ...read.problems] };
}

const firstDays = (units: Iterable<{ rotation: { periods: readonly { from: number }[] } }>): number[] =>
  [...units].flatMap(({ rotation }) => rotation.periods.map(({ from }) => from));

/** Settles and posts every shift that ended, month by month, the newest month last; then the plant is live. */
export async function settleHistory(
  db: Database,
  plantId: number,
  { onProgress = () => {}, groups }: { onProgress?: (progress: SeedProgress) => void; groups?: readonly string[] } = {},
): Promise<void> {
  const plants = new Plants(plantId);
  await plants.refresh(db);
  const plant = plants.newest?.plant;
  const first = await firstReadingAt(db, plantId);
  if (!plant || first === undefined) return;
  const all = groups ?? [...new Set(plants.groups.values())];
  const { now } = await readClock(db, plantId);
  const months: Month[] = [];
  for (let month = monthHolding(plant.zone.dayAt(first), plant.monthStartsOn); ; ) {
    months.push(month);
    if (month.last >= plant.zone.dayAt(now)) break;
    month = monthHolding(month.last + 1, plant.monthStartsOn);
  }
  let done = 0;
  const of = months.length * all.length;
  for (const month of months) {
    // One window a group and month is all that is needed at a time.
    const windows = new Windows(0);
    for (const group of all) {
      await settleGroup(db, plants, windows, group, { through: month.last });
      done += 1;
      onProgress({ stage: 'settling', done, of, month: month.text });
    }
  }
  onProgress({ stage: 'sealing', done: 0, of: 1 });
  await db.transaction((tx) => sealVouchers(tx, plantId));
  await markSeeded(db, plantId);
  onProgress({ stage: 'done', done: 1, of: 1 });
}
