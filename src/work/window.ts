// The books of a group of units over an accounting month: the stretch of readings and the facts that its sheets can hang on,
// taken from the store once and then kept up with what is learnt. Cold or kept up, the books are the same.
import { type Facts, type Month, type Plant, type Point, Problems, readFacts, type Unit } from '../plant.ts';
import { LogBuilder } from '../readings.ts';
import { type Books, openBooks, unitPoints } from '../statement.ts';
import type { Transaction } from '../store/database.ts';
import { readFactRows } from '../store/facts.ts';
import type { PointRow } from '../store/plants.ts';
import { neighbours, readEdges, readStretch, Sight } from '../store/readings.ts';
import { type Place, type Plants, tableText } from './plants.ts';

const DAY_MS = 86_400_000;
/** Facts reach this far into a window: a repeated sample names one of days ago, a composite spans some. */
const FACT_MARGIN_MS = 40 * DAY_MS;
const MARGIN_MS = 2 * DAY_MS;
/** A window never grows further back: an outage of more than a year is split as if it had begun then. */
const LONGEST_MS = 400 * DAY_MS;

interface Loaded {
  readonly plant: Plant;
  readonly units: readonly Unit[];
  readonly places: Map<number, Place>;
  readonly log: LogBuilder;
}

/** One (group, month): rows as the store has them, for each model version that its days ask for. */
export class Window {
  readonly group: string;
  readonly month: Month;
  private readonly plants: Plants;
  private readonly mark: string;
  private readonly loaded = new Map<number, Loaded>();
  private factRows: Awaited<ReturnType<typeof readFactRows>> = [];
  private readonly factsOf = new Map<Plant, Facts>();
  private snapshot = '';
  private numbers: number[] = [];
  private from = 0;
  private to = 0;
  rows = 0;

  constructor(plants: Plants, group: string, month: Month) {
    this.plants = plants;
    this.group = group;
    this.month = month;
    this.mark = plants.mark;
  }

  /** Brings the window to what this transaction sees. */
  async bring(tx: Transaction, now: number, sight: Sight): Promise<void> {
    const snapshot = await sight.snapshot();
    if (this.snapshot === '') await this.load(tx, now);
    else await this.keepUp(tx, now, sight);
    this.snapshot = snapshot;
  }

  /** Whether it still speaks of the models in force. */
  get current(): boolean {
    return this.mark === this.plants.mark;
  }

  private async load(tx: Transaction, now: number): Promise<void> {
    const units = this.plants.unitsOf(this.group);
    const points = new Set<string>();
    const versions = this.plants.models.map(({ version }) => this.plants.version(version)!);
    for (const { version, plant } of versions) {
      const own = units.flatMap((id) => plant.units.get(id) ?? []);
      for (const unit of own) for (const id of unitPoints(plant, unit)) points.add(id);
      this.loaded.set(version, { plant, units: own, places: this.plants.places(plant), log: new LogBuilder() });
    }
    const numbered = this.plants.numbersOf(points);
    this.numbers = numbered.map(({ point }) => point);
    await this.stretch(tx, numbered, now);
    // Whether a typed figure is odd is told by all that were ever typed.
    const typed = this.numbers.filter((n) => this.isTyped(n));
    const others = { points: this.numbers.filter((n) => !this.isTyped(n)), from: this.from, to: this.to };
    await readStretch(tx, this.plants.plantId, others, this.take);
    await readEdges(tx, this.plants.plantId, others, this.take);
    await readStretch(tx, this.plants.plantId, { points: typed, from: 0, to: this.to }, this.take);
    await this.loadFacts(tx, units, [...points]);
  }

  /** From two days before the month, or where an outage began that reaches into it, to two days after; live, open to the right. */
  private async stretch(tx: Transaction, points: readonly PointRow[], now: number): Promise<void> {
    const plant = this.loaded.values().next().value?.plant;
    if (!plant) return;
    const [first, end] = [plant.zone.at(this.month.first, 0).at, plant.zone.at(this.month.last + 1, 0).at];
    this.from = first - MARGIN_MS;
    this.to = end + MARGIN_MS > now ? FAR : end + MARGIN_MS;
    const gaps = new Map<number, number>();
    for (const { point, id } of points) {
      const found = this.pointOf(id);
      if (found?.kind === 'counter') gaps.set(point, found.register.gapMs);
    }
    const outages = async (at: number): Promise<{ earlier: number; later: number }[]> =>
      (await neighbours(tx, this.plants.plantId, [...gaps.keys()], at)).flatMap(({ point, earlier, later }) =>
        earlier !== undefined && later !== undefined && later - earlier > (gaps.get(point) ?? 0)
          ? [{ earlier, later }]
          : [],
      );
    for (const { earlier } of await outages(this.from)) this.from = Math.min(this.from, earlier - MARGIN_MS);
    this.from = Math.max(this.from, first - LONGEST_MS);
    if (this.to === FAR) return;
    for (const { later } of await outages(this.to))
      this.to = Math.max(this.to, Math.min(later + MARGIN_MS, end + LONGEST_MS));
  }

  private pointOf(id: string): Point | undefined {
    for (const { plant } of [...this.loaded.values()].reverse()) {
      const point = plant.pointById.get(id);
      if (point) return point;
    }
    return undefined;
  }

  private readonly take = (number: number, at: number, learnt: number, value: number, quality: number): void => {
    this.rows += 1;
    for (const { places, log } of this.loaded.values()) {
      const place = places.get(number);
      if (place) log.add(place.index, at, place.convert ? place.convert(value) : value, quality, learnt);
    }
  };

  private async loadFacts(tx: Transaction, units: readonly string[], points: readonly string[]): Promise<void> {
    this.factsOf.clear();
    this.factRows = await readFactRows(tx, this.plants.plantId, {
      units,
      points,
      from: this.from - FACT_MARGIN_MS,
      to: this.to === FAR ? FAR : this.to + FACT_MARGIN_MS,
    });
  }

  /** Takes up what was learnt since: rows of readings by themselves, facts all anew. */
  private async keepUp(tx: Transaction, now: number, sight: Sight): Promise<void> {
    const own = new Set(this.numbers);
    let facts = false;
    const arrivals = await sight.arrivalsSince(this.snapshot);
    if (!arrivals) return this.again(tx, now);
    for (const arrival of arrivals) {
      if (arrival.kind === 'readings') {
        const points = (arrival.points ?? []).filter((n) => own.has(n));
        if (points.length === 0 || arrival.first === undefined || arrival.last === undefined) continue;
        const typed = points.some((n) => this.isTyped(n));
        // Something outside moves the window's ends, so it is taken anew.
        if (!typed && (arrival.first < this.from || arrival.last > this.to)) return this.again(tx, now);
        const stretch = { points, from: arrival.first, to: arrival.last };
        await readStretch(tx, this.plants.plantId, stretch, this.take, arrival.learnt);
      } else if (arrival.kind === 'facts') facts = true;
      else if (arrival.kind === 'import') return this.again(tx, now);
    }
    if (facts) {
      const points = new Set(
        [...this.loaded.values()].flatMap(({ plant, units }) => units.flatMap((u) => [...unitPoints(plant, u)])),
      );
      await this.loadFacts(tx, this.plants.unitsOf(this.group), [...points]);
    }
  }

  private isTyped(number: number): boolean {
    for (const { plant, places } of this.loaded.values()) {
      const place = places.get(number);
      if (place && plant.points[place.index]?.kind === 'figure') return true;
    }
    return false;
  }

  private async again(tx: Transaction, now: number): Promise<void> {
    this.loaded.clear();
    this.rows = 0;
    await this.load(tx, now);
  }

  /** The books under a version as of an instant. */
  books(version: number, asOf: number): Books {
    const loaded = this.loaded.get(version);
    if (!loaded) throw new Error(`no version ${version} in the window`);
    return openBooks(loaded.plant, this.facts(loaded.plant), loaded.log.take(), asOf);
  }

  units(version: number): readonly Unit[] {
    return this.loaded.get(version)?.units ?? [];
  }

  /** Facts as the plant reads them; what a later version no longer knows (a unit that is gone) falls away there. */
  private facts(plant: Plant): Facts {
    let facts = this.factsOf.get(plant);
    if (!facts) {
      const byTable = new Map<string, Record<string, string>[]>();
      for (const { kind, cells } of this.factRows) {
        const rows = byTable.get(kind);
        if (rows) rows.push(cells);
        else byTable.set(kind, [cells]);
      }
      const texts = new Map([...byTable].map(([kind, rows]) => [kind, tableText(kind, rows)]));
      facts = readFacts(texts, plant, new Problems());
      this.factsOf.set(plant, facts);
    }
    return facts;
  }
}

/** Beyond every instant a plant can have. */
const FAR = Date.UTC(2200, 0, 1);

/** Windows kept warm, the least lately used given up when their rows grow too many. */
export class Windows {
  private readonly kept = new Map<string, Window>();
  private readonly rowsMax: number;

  constructor(rowsMax = 12_000_000) {
    this.rowsMax = rowsMax;
  }

  async open(
    tx: Transaction,
    plants: Plants,
    group: string,
    month: Month,
    now: number,
    sight = new Sight(tx, plants.plantId),
  ): Promise<Window> {
    const key = `${plants.plantId} ${group} ${month.text}`;
    let window = this.kept.get(key);
    if (!window?.current) window = new Window(plants, group, month);
    this.kept.delete(key);
    await window.bring(tx, now, sight);
    this.kept.set(key, window);
    let rows = 0;
    for (const one of this.kept.values()) rows += one.rows;
    for (const [oldest, one] of this.kept) {
      if (rows <= this.rowsMax || oldest === key) break;
      this.kept.delete(oldest);
      rows -= one.rows;
    }
    return window;
  }

  /** Forgets everything: the line to the database was lost, so what was seen may not have been. */
  clear(): void {
    this.kept.clear();
  }

  get rows(): number {
    return [...this.kept.values()].reduce((sum, one) => sum + one.rows, 0);
  }
}
