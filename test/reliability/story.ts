// What happens at a small simulated plant, in the order in which it becomes known: a part that is there before the service, and
// pieces to be posted as the plant's clock goes on. To it come corrections and orders of our own, drawn from the seed.
import { formatSteps } from '../../src/quantity.ts';
import { type Chance, chanceOf } from '../../src/simulate/chance.ts';
import { simulatePlant } from '../../src/simulate/plant.ts';
import { isModelFile } from '../../src/work/plants.ts';
import { ENGINE } from '../plant-months/compare.ts';
import { loadPlant } from '../plant-months/engine.ts';
import { factRows } from '../work/live-plant.ts';
import type { Post } from './poster.ts';

const HOUR = 3_600_000;
const QUALITY = ['good', 'uncertain', 'bad'] as const;
/** Where each table of facts is posted. */
const PATHS: Readonly<Record<string, string>> = {
  'orders.csv': '/orders',
  'limits.csv': '/limits',
  'exclusions.csv': '/exclusions',
  'fees.csv': '/fees',
  'swaps.csv': '/swaps',
  'samples.csv': '/samples',
  'replacements.csv': '/replacements',
  'confirmations.csv': '/confirmations',
};

interface Reading {
  readonly at: number;
  readonly learnt: number;
  readonly row: Readonly<Record<string, string>>;
  /** One step more, as somebody corrects it. */
  readonly corrected: string;
}

export class Story {
  /** What the plant's clock shows when the service starts. */
  readonly begins: number;
  /** Model, facts and readings known by then, as a folder holds them. */
  readonly folder: ReadonlyMap<string, string>;
  readonly units: readonly string[];
  private readonly chance: Chance;
  private readonly readings: Reading[];
  private readonly facts: { kind: string; recordedAt: number; cells: Readonly<Record<string, string>> }[];
  private readonly posted: Reading[] = [];
  private orders = 0;

  /** So many days of a plant of two units with all that meters and people do to an account. */
  constructor(seed: number, days: number) {
    const { files } = simulatePlant(seed, { days, units: 2, periodMinutes: 60 });
    const { plant, facts, log } = loadPlant(ENGINE, files);
    this.chance = chanceOf(seed).fork('story');
    this.units = [...plant.units.keys()];
    this.readings = Array.from({ length: log.length }, (_, i): Reading => {
      const point = plant.points[log.point[i]!]!;
      const text = (steps: number): string => formatSteps(steps, point.step);
      const [at, learnt, quality] = [log.time[i]!, log.learnt[i]!, QUALITY[log.quality[i]!]!];
      const row = { point: point.id, time: new Date(at).toISOString(), value: text(log.value[i]!), quality };
      return { at, learnt, row, corrected: text(log.value[i]! + 1) };
    }).sort((a, b) => a.learnt - b.learnt);
    this.facts = factRows(files, facts).sort((a, b) => a.recordedAt - b.recordedAt);
    this.begins = this.readings[0]!.at + 40 * HOUR;
    const known = this.takeReadings(this.begins);
    const said = this.takeFacts(this.begins);
    const texts = new Map([...files].filter(([name]) => isModelFile(name)));
    texts.set('readings.csv', table(known.map(({ row, learnt }) => ({ ...row, learnt_at: stamp(learnt) }))));
    for (const [kind, rows] of Map.groupBy(said, (fact) => fact.kind))
      texts.set(kind, table(rows.map(({ cells }) => cells)));
    this.folder = texts;
  }

  /** What becomes known until the clock shows `at`, in posts of some rows each. */
  until(at: number): Post[] {
    const { chance } = this;
    const posts: Post[] = [];
    const rows = this.takeReadings(at);
    this.posted.push(...rows);
    while (rows.length > 0) posts.push(this.readingPost(rows.splice(0, chance.int(1, 60)).map(({ row }) => row)));
    for (const { kind, cells } of this.takeFacts(at)) {
      const { recorded_at: _, by: __, ...row } = cells;
      posts.push({ path: PATHS[kind]!, kind, rows: [row] });
    }
    return posts;
  }

  /** Something more that somebody says just now: a reading corrected, or an order. */
  more(at: number): Post {
    const { chance } = this;
    const corrected = this.posted.length > 0 ? chance.pick(this.posted.slice(-400)) : undefined;
    if (corrected && chance.yes(0.7)) return this.readingPost([{ ...corrected.row, value: corrected.corrected }]);
    this.orders += 1;
    const from = at - chance.int(1, 20) * HOUR;
    const order = {
      id: `soak-${this.orders}`,
      unit: chance.pick(this.units),
      from: stamp(from),
      to: stamp(from + chance.int(1, 6) * HOUR),
      rate: '1',
    };
    return { path: '/orders', kind: 'orders.csv', rows: [order] };
  }

  private readingPost(rows: readonly Readonly<Record<string, string>>[]): Post {
    // The same point and instant twice in one post would be one row.
    const own = new Map(rows.map((row) => [`${row.point} ${row.time}`, row]));
    return { path: '/readings', kind: 'readings', rows: [...own.values()] };
  }

  private takeReadings(at: number): Reading[] {
    const end = this.readings.findIndex(({ learnt }) => learnt > at);
    return this.readings.splice(0, end < 0 ? this.readings.length : end);
  }

  private takeFacts(at: number) {
    const end = this.facts.findIndex(({ recordedAt }) => recordedAt > at);
    return this.facts.splice(0, end < 0 ? this.facts.length : end);
  }
}

const stamp = (at: number): string => new Date(at).toISOString();

function table(rows: readonly Readonly<Record<string, string>>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (text = ''): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return `${[columns.join(','), ...rows.map((row) => columns.map((c) => cell(row[c])).join(','))].join('\n')}\n`;
}
