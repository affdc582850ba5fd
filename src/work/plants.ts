// The models of a plant as the service works with them: parsed once a version, with the numbers of their points and the
// groups in which units are settled. It follows what is saved; it saves nothing.
import { decode } from '../connect/encoding.ts';
import { formatDay, type Plant, type Problem, readPlant, TABLES } from '../plant.ts';
import { fromSteps, ratio, type Step, stepOf, toSteps } from '../quantity.ts';
import { fractionText, groupUnits } from '../statement.ts';
import type { Queryable } from '../store/database.ts';
import { factsOfKind } from '../store/facts.ts';
import { listModels, listPoints, type ModelVersion, modelFiles, modelOn, type PointRow } from '../store/plants.ts';
import { firstReadingAt } from '../store/readings.ts';

/** A point's step as the points table writes it. */
export const stepText = (step: Step): string => fractionText(step.size);

export interface ModelInForce {
  readonly version: number;
  readonly plant: Plant;
}

/** How rows of the store become rows of a plant's log: the point's place, and the factor between steps when they differ. */
export interface Place {
  readonly index: number;
  readonly convert: ((steps: number) => number) | undefined;
}

export class Plants {
  readonly plantId: number;
  private versions: ModelVersion[] = [];
  private parsed = new Map<number, { readonly hash: string; readonly plant: Plant }>();
  private pointRows: PointRow[] = [];
  private groupOf: ReadonlyMap<string, string> = new Map();
  private placesOf = new Map<Plant, Map<number, Place>>();
  private replacements = '';
  private stamp = '';
  private firstReading: number | undefined;

  private readonly asOf: number;

  /** With `asOf`, the models and registers as they were known then, for ever. */
  constructor(plantId: number, asOf: number = Number.POSITIVE_INFINITY) {
    this.plantId = plantId;
    this.asOf = asOf;
  }

  /** Takes up versions and replacements of registers that were saved since; true when there were some. */
  async refresh(db: Queryable): Promise<boolean> {
    const [row] = await db.rows<{ stamp: string }>(
      `select (select coalesce(max(version), 0) from model_versions where plant_id = $1) || '/' ||
              (select coalesce(max(fact), 0) from facts where plant_id = $1 and kind = 'replacements.csv') || '/' ||
              (select coalesce(max(point), 0) from points where plant_id = $1) as stamp`,
      this.plantId,
    );
    if (row!.stamp === this.stamp) return false;
    const points = await listPoints(db, this.plantId);
    const knownThen = <T extends { readonly recordedAt: number }>(rows: readonly T[]): T[] =>
      rows.filter(({ recordedAt }) => recordedAt <= this.asOf);
    const versions = knownThen(await listModels(db, this.plantId));
    const facts = knownThen(await factsOfKind(db, this.plantId, 'replacements.csv'));
    const replacements = tableText(
      'replacements.csv',
      facts.map(({ cells }) => cells),
    );
    // A multiplier with more digits makes quantities finer, so the plant is read anew with it.
    if (replacements !== this.replacements) this.parsed.clear();
    this.replacements = replacements;
    for (const { version, hash } of versions) {
      // A number that a save which was undone had taken may come back with another text.
      if (this.parsed.get(version)?.hash === hash) continue;
      const read = parseModel(await modelFiles(db, this.plantId, version), replacements);
      if (!read.plant) throw new Error(`version ${version} of the model cannot be read`);
      this.parsed.set(version, { hash, plant: read.plant });
    }
    this.versions = versions;
    this.pointRows = points;
    this.placesOf.clear();
    const known = new Set(versions.map(({ version }) => version));
    for (const version of this.parsed.keys()) if (!known.has(version)) this.parsed.delete(version);
    this.groupOf = groupUnits([...this.parsed.values()].map(({ plant }) => plant));
    this.stamp = row!.stamp;
    return true;
  }

  get models(): readonly ModelVersion[] {
    return this.versions;
  }

  /** The instant of the plant's first reading; `since`: one that was learnt lately may be earlier. */
  async metered(db: Queryable, since: number): Promise<number | undefined> {
    if (this.firstReading === undefined || since < this.firstReading)
      this.firstReading = await firstReadingAt(db, this.plantId);
    return this.firstReading;
  }

  /** What changes whenever anything here does. */
  get mark(): string {
    return this.stamp;
  }

  /** The model of an accounting day as known at an instant; the earliest one for the days before any. */
  on(day: number, asOf: number = Number.POSITIVE_INFINITY): ModelInForce | undefined {
    const found = modelOn(this.versions, formatDay(day), asOf) ?? this.versions.find((one) => one.recordedAt <= asOf);
    return found && this.version(found.version);
  }

  version(version: number): ModelInForce | undefined {
    const found = this.parsed.get(version);
    return found && { version, plant: found.plant };
  }

  /** The model saved last, which forms show and rows are read by. */
  get newest(): ModelInForce | undefined {
    const last = this.versions.at(-1);
    return last && this.version(last.version);
  }

  get groups(): ReadonlyMap<string, string> {
    return this.groupOf;
  }

  /** The units of a group, of all versions. */
  unitsOf(group: string): string[] {
    return [...this.groupOf].filter(([, of]) => of === group).map(([unit]) => unit);
  }

  /** The newest model as it would be read with some more replacements of registers. */
  async newestWith(db: Queryable, rows: readonly Readonly<Record<string, string>>[]): Promise<Plant | undefined> {
    const last = this.versions.at(-1);
    if (!last) return undefined;
    const facts = await factsOfKind(db, this.plantId, 'replacements.csv');
    const cells = [...facts.map((fact) => fact.cells), ...rows];
    const files = await modelFiles(db, this.plantId, last.version);
    // A row that is wrong makes the reading fail; then the plant as it stands tells what is wrong with it.
    return parseModel(files, tableText('replacements.csv', cells)).plant ?? this.newest?.plant;
  }

  /** Numbers of the store → places in a plant's log. */
  places(plant: Plant): Map<number, Place> {
    let places = this.placesOf.get(plant);
    if (!places) {
      places = new Map();
      for (const { point: number, id, step } of this.pointRows) {
        const point = plant.pointById.get(id);
        if (!point) continue;
        const same = stepText(point.step) === step;
        const read = readStep(step);
        places.set(number, {
          index: point.index,
          convert: same ? undefined : (steps) => toSteps(fromSteps(steps, read), point.step),
        });
      }
      this.placesOf.set(plant, places);
    }
    return places;
  }

  /** All numbers that stand for some points. */
  numbersOf(ids: ReadonlySet<string>): PointRow[] {
    return this.pointRows.filter(({ id }) => ids.has(id));
  }

  idOf(number: number): string {
    return this.pointRows.find(({ point }) => point === number)?.id ?? String(number);
  }

  /** The number under which a plant's readings of a point are written, by the point's place. */
  numbersByIndex(plant: Plant): Int32Array {
    const byPair = new Map(this.pointRows.map(({ point, id, step }) => [`${id} ${step}`, point]));
    return Int32Array.from(plant.points, (point) => byPair.get(`${point.id} ${stepText(point.step)}`) ?? 0);
  }
}

/** A step as the points table writes it, `n/d`. */
export function readStep(text: string): Step {
  const [n = '1', d = '1'] = text.split('/');
  return stepOf(ratio(BigInt(n), BigInt(d)));
}

/** Reads a model's files with the replacements that are known as facts; its other tables of facts are left aside. */
export function parseModel(
  files: ReadonlyMap<string, Uint8Array>,
  replacements: string,
): { readonly plant: Plant | undefined; readonly problems: readonly Problem[] } {
  const texts = new Map<string, string>();
  for (const [name, bytes] of files) {
    if (!isModelFile(name)) continue;
    const decoded = decode(bytes);
    if (decoded.ok) texts.set(name, decoded.text);
  }
  if (replacements !== '') texts.set('replacements.csv', replacements);
  const { plant, problems } = readPlant(texts);
  return { plant, problems };
}

/** YAML, prices and budgets make a model; every other table holds facts. */
export const isModelFile = (name: string): boolean =>
  /\.ya?ml$/.test(name) || name === 'prices.csv' || name === 'budgets.csv';

/** Rows of a table as its CSV; '' when there are none. */
export function tableText(kind: string, rows: readonly Readonly<Record<string, string>>[]): string {
  const columns = TABLES[kind];
  if (rows.length === 0 || !columns) return '';
  const names = [...new Set([...columns.required, ...columns.optional])];
  const cell = (text: string | undefined): string =>
    text === undefined ? '' : /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return `${names.join(',')}\n${rows.map((row) => names.map((name) => cell(row[name])).join(',')).join('\n')}\n`;
}
