// A plant in a database whose clock the test turns: taught piece by piece in the order in which things became known, settled
// as often as one likes, and held against the engine that knows everything at once.

import { ledgerRecord } from '../../src/ledger.ts';
import { type Facts, type Plant, Problems, readFacts, readTable, type Shift, TABLES } from '../../src/plant.ts';
import { type Log, LogBuilder } from '../../src/readings.ts';
import { type Books, openBooks, settleShift } from '../../src/statement.ts';
import { Database } from '../../src/store/database.ts';
import { factsOfKind } from '../../src/store/facts.ts';
import { serviceUrlOf } from '../../src/store/migrate.ts';
import { createPlant, markSeeded, setClock } from '../../src/store/plants.ts';
import { readStretch } from '../../src/store/readings.ts';
import { readStandings, type Standing } from '../../src/store/standings.ts';
import { isModelFile, Plants, tableText } from '../../src/work/plants.ts';
import { type SettleOutcome, settleGroup } from '../../src/work/settle.ts';
import { type FactCells, teachFacts, teachModel, teachReadings } from '../../src/work/teach.ts';
import { Windows } from '../../src/work/window.ts';
import { createDatabase, type TestDatabase } from '../database.ts';

export class LivePlant {
  readonly db: Database;
  readonly plants: Plants;
  readonly windows = new Windows();
  readonly url: string;
  private readonly drop: () => void;

  /** A plant whose clock shows `at`: nothing can be learnt before it. In a database of its own unless one is given. */
  static async open(texts: ReadonlyMap<string, string>, at: number, on?: TestDatabase): Promise<LivePlant> {
    const { url, drop } = on ?? (await createDatabase());
    const db = new Database({ url: serviceUrlOf(url) });
    const plant = plantOf(texts);
    const { plantId } = await createPlant(db, plant.id, Math.round(at - Date.now()));
    const live = new LivePlant(db, new Plants(plantId), url, drop);
    await live.teachModel(texts, '2000-01-01', undefined, 0);
    await markSeeded(db, plantId);
    return live;
  }

  private constructor(db: Database, plants: Plants, url: string, drop: () => void) {
    this.db = db;
    this.plants = plants;
    this.url = url;
    this.drop = drop;
  }

  get plantId(): number {
    return this.plants.plantId;
  }

  get plant(): Plant {
    return this.plants.newest!.plant;
  }

  /** Turns the plant's clock to an instant; it goes on from there. */
  turnTo(at: number): Promise<unknown> {
    return setClock(this.db, this.plantId, Math.round(at - Date.now()));
  }

  async teachModel(
    texts: ReadonlyMap<string, string>,
    fromDay: string,
    base: number | undefined,
    recordedAt?: number,
  ): Promise<void> {
    const files = new Map(
      [...texts].filter(([name]) => isModelFile(name)).map(([name, text]) => [name, Buffer.from(text)]),
    );
    const saved = await this.db.transaction((tx) =>
      teachModel(
        { db: this.db, plants: this.plants },
        tx,
        { files, fromDay, base, note: '' },
        { author: undefined, source: 'test' },
        plantOf(texts).id,
        recordedAt,
      ),
    );
    if (!saved.ok) throw new Error(JSON.stringify(saved));
  }

  async teach(log: Log): Promise<void> {
    await this.plants.refresh(this.db);
    await this.db.transaction((tx) =>
      teachReadings({ db: this.db, plants: this.plants }, tx, log, { author: undefined, source: 'test' }),
    );
  }

  async say(kind: string, rows: readonly FactCells[]): Promise<void> {
    await this.plants.refresh(this.db);
    const said = await this.db.transaction((tx) =>
      teachFacts({ db: this.db, plants: this.plants }, tx, kind, rows, { author: undefined, source: 'test' }),
    );
    if (!said.ok) throw new Error(JSON.stringify(said.problems.slice(0, 3)));
  }

  /** One step of the loop for every group; with windows of its own it begins cold. */
  async settle(windows: Windows = this.windows): Promise<SettleOutcome[]> {
    const out: SettleOutcome[] = [];
    for (const group of new Set(this.plants.groups.values()))
      out.push(await settleGroup(this.db, this.plants, windows, group));
    return out;
  }

  standings(): Promise<Standing[]> {
    return readStandings(this.db, this.plantId, {});
  }

  /** The books of everything in the database as of an instant, opened whole. */
  books(asOf: number): Promise<Books> {
    return booksOf(this.db, this.plants, asOf);
  }

  async close(): Promise<void> {
    await this.db.close();
    this.drop();
  }
}

/** The books of everything a database holds of a plant, as of an instant, opened whole. */
export async function booksOf(db: Database, plants: Plants, asOf: number): Promise<Books> {
  await plants.refresh(db);
  const { plant } = plants.newest!;
  const places = plants.places(plant);
  const log = new LogBuilder();
  const facts = await db.transaction(async (tx) => {
    const stretch = { points: [...places.keys()], from: 0, to: Date.UTC(2100, 0, 1) };
    await readStretch(tx, plants.plantId, stretch, (number, at, learnt, value, quality) => {
      const place = places.get(number)!;
      log.add(place.index, at, place.convert ? place.convert(value) : value, quality, learnt);
    });
    const texts = new Map<string, string>();
    for (const kind of Object.keys(TABLES)) {
      const rows = await factsOfKind(tx, plants.plantId, kind);
      const text = tableText(
        kind,
        rows.map(({ cells }) => cells),
      );
      if (text !== '') texts.set(kind, text);
    }
    return readFacts(texts, plant, new Problems());
  });
  return openBooks(plant, facts, log.take(), asOf);
}

export const recordIn = (books: Books, shift: Shift): string => JSON.stringify(ledgerRecord(settleShift(books, shift)));

function plantOf(texts: ReadonlyMap<string, string>): Plant {
  const [, text = ''] = [...texts].find(([name]) => /\.ya?ml$/.test(name)) ?? [];
  const id = /^plant:\s*(?:\{\s*)?(?:\n\s*)?id:\s*([^\s,}]+)/m.exec(text)?.[1];
  if (id === undefined) throw new Error('no plant id');
  return { id } as Plant;
}

/** Rows of a table of facts with the instant each was recorded. */
export function factRows(
  texts: ReadonlyMap<string, string>,
  facts: Facts,
): { kind: string; recordedAt: number; cells: FactCells }[] {
  const recorded = new Map<string, number>();
  for (const list of Object.values(facts) as { id: string; recordedAt: number }[][])
    for (const { id, recordedAt } of list) recorded.set(id, Math.max(recordedAt, recorded.get(id) ?? 0));
  return [...texts].flatMap(([kind, text]) => {
    const columns = TABLES[kind];
    if (isModelFile(kind) || !columns) return [];
    return readTable(kind, text, columns, new Problems()).map(({ cells }) => ({
      kind,
      recordedAt: recorded.get(cells.id ?? '') ?? 0,
      cells: cells as FactCells,
    }));
  });
}
