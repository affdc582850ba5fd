// What the plant is taught: readings, facts and models come in here, are written with the instant at which they became known,
// and mark what has to be settled again. All in one transaction, so that nothing acknowledged is ever without its effect.
import type { Cause } from '../ledger.ts';
import {
  type Facts,
  type Plant,
  type Problem,
  Problems,
  parseDay,
  readFacts,
  readInstant,
  type SamplePoint,
} from '../plant.ts';
import type { Log } from '../readings.ts';
import { unitPoints } from '../statement.ts';
import type { Database, Transaction } from '../store/database.ts';
import { addFacts, addTouches, factHistory, type NewFact, type Touch } from '../store/facts.ts';
import { holdMonths } from '../store/months.ts';
import { learn, numberPoints, saveModel } from '../store/plants.ts';
import { appendReadings, firstReadingAt, noteArrival } from '../store/readings.ts';
import { type Plants, parseModel, stepText, tableText } from './plants.ts';
import { askSettle } from './queue.ts';
import { sumUnderModel } from './team-months.ts';

export interface Teacher {
  readonly db: Database;
  readonly plants: Plants;
}

export interface Taught {
  readonly learnt: number;
  readonly rows: number;
}

export interface From {
  readonly author: number | undefined;
  /** Where it came from, as audit and notices name it: `http`, `file.csv`, `kiosk 3`. */
  readonly source: string;
}

// ── readings ───────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Appends a log read by the newest model. With `learntAsWritten` its own instants of learning stand (history brought in
 * before anything was settled); else everything is learnt now.
 */
export async function teachReadings(
  { db, plants }: Teacher,
  tx: Transaction,
  log: Log,
  from: From,
  learntAsWritten = false,
): Promise<Taught> {
  const { plantId } = plants;
  const plant = plants.newest?.plant;
  if (!plant) throw new Error('a plant without a model takes no readings');
  const numbers = plants.numbersByIndex(plant);
  const point = new Int32Array(log.length);
  const spans = new Map<number, { first: number; last: number }>();
  for (let i = 0; i < log.length; i += 1) {
    const index = log.point[i]!;
    point[i] = numbers[index]!;
    const at = log.time[i]!;
    const span = spans.get(index);
    if (!span) spans.set(index, { first: at, last: at });
    else if (at < span.first) span.first = at;
    else if (at > span.last) span.last = at;
  }
  const learnt = await learn(tx, plantId);
  const rows = await appendReadings(db, tx, plantId, {
    length: log.length,
    point,
    at: log.time,
    value: log.value,
    quality: log.quality,
    learnt: learntAsWritten ? log.learnt : learnt,
  });
  if (log.length === 0) return { learnt, rows };
  const [first, last] = [
    Math.min(...[...spans.values()].map((s) => s.first)),
    Math.max(...[...spans.values()].map((s) => s.last)),
  ];
  await noteArrival(tx, plantId, {
    kind: learntAsWritten ? 'import' : 'readings',
    author: from.author,
    source: from.source,
    learnt,
    points: [...spans.keys()].map((index) => numbers[index]!),
    first,
    last,
    count: rows,
  });
  // History is settled by whoever fills it in.
  if (!learntAsWritten) await touch(tx, plants, touchesOfPoints(plants, plant, spans), learnt);
  return { learnt, rows };
}

/** A touch for each group that reads one of the points. */
function touchesOfPoints(
  plants: Plants,
  plant: Plant,
  spans: ReadonlyMap<number, { readonly first: number; readonly last: number }>,
): Touch[] {
  const byGroup = new Map<string, { points: string[]; first: number; last: number }>();
  const groups = groupsOfPoints(plants, plant);
  for (const [index, { first, last }] of spans) {
    const id = plant.points[index]!.id;
    for (const group of groups.get(id) ?? []) {
      const known = byGroup.get(group);
      if (known) {
        known.points.push(id);
        known.first = Math.min(known.first, first);
        known.last = Math.max(known.last, last);
      } else byGroup.set(group, { points: [id], first, last });
    }
  }
  return [...byGroup].map(([group, { points, first, last }]) => ({
    group,
    first,
    last,
    cause: { kind: 'readings', points: points.sort(), first, last },
  }));
}

const groupCache = new WeakMap<Plant, ReadonlyMap<string, ReadonlySet<string>>>();

/** The groups whose units read a point. */
function groupsOfPoints(plants: Plants, plant: Plant): ReadonlyMap<string, ReadonlySet<string>> {
  let groups = groupCache.get(plant);
  if (!groups) {
    const made = new Map<string, Set<string>>();
    for (const unit of plant.units.values())
      for (const id of unitPoints(plant, unit)) {
        const group = plants.groups.get(unit.id) ?? unit.id;
        made.set(id, (made.get(id) ?? new Set()).add(group));
      }
    groups = made;
    groupCache.set(plant, made);
  }
  return groups;
}

async function touch(tx: Transaction, plants: Plants, touches: readonly Touch[], learnt: number): Promise<void> {
  await addTouches(tx, plants.plantId, touches, learnt);
  await askSettle(tx, plants.plantId, [...new Set(touches.map(({ group }) => group))]);
}

// ── facts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export type FactCells = Readonly<Record<string, string>>;

export type FactsTaught =
  | ({ readonly ok: true; readonly ids: readonly string[] } & Taught)
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Appends rows of a table of facts, all or none. A row with the id of an earlier one takes its place from now on.
 * `recorded_at` is now; with `recordedAsWritten` what the rows say (history brought in before anything was settled).
 */
export async function teachFacts(
  { plants }: Teacher,
  tx: Transaction,
  kind: string,
  rows: readonly FactCells[],
  from: From,
  recordedAsWritten = false,
): Promise<FactsTaught> {
  const now = plants.newest?.plant;
  const plant = kind === 'replacements.csv' ? await plants.newestWith(tx, rows) : now;
  if (!now || !plant) throw new Error('a plant without a model takes no facts');
  const learnt = await learn(tx, plants.plantId);
  const recorded = new Date(learnt).toISOString();
  const cells = rows.map((row) => (recordedAsWritten ? row : { ...row, recorded_at: recorded }));
  const problems = new Problems();
  const read = readFacts(new Map([[kind, tableText(kind, cells)]]), plant, problems);
  if (problems.failed) return { ok: false, problems: problems.list };
  const facts = Map.groupBy(factsIn(read), ({ id }) => id);
  const placed: NewFact[] = [];
  const touches: Touch[] = [];
  for (const one of cells) {
    const fact = takeFact(facts.get(one.id ?? '') ?? [], one, plant);
    const span = spanOf(plant, fact);
    placed.push({
      kind,
      id: fact.id,
      recordedAt: recordedAsWritten ? fact.recordedAt : learnt,
      author: from.author,
      cells: one,
      unit: fact.unit,
      point: fact.point,
      at: span.at,
      until: span.until,
    });
    if (recordedAsWritten) continue;
    const earlier = await factHistory(tx, plants.plantId, kind, fact.id);
    const named = fact.of === undefined ? [] : await factHistory(tx, plants.plantId, kind, fact.of);
    const cause: Cause = { kind: 'fact', table: kind, id: fact.id };
    const spans = [
      { ...span, unit: fact.unit, point: fact.point },
      ...named,
      ...earlier.map(({ at, until, cells: c }) => ({ at, until, unit: c.unit, point: c.point })),
    ];
    for (const { at, until, unit, point } of spans as { at: number; until: number; unit?: string; point?: string }[])
      for (const group of groupsOf(plants, plant, unit ?? fact.unit, point ?? fact.point))
        touches.push(
          kind === 'replacements.csv' && fact.point !== undefined
            ? {
                group,
                first: at,
                last: until,
                cause: { kind: 'readings', points: [fact.point], first: at, last: until },
              }
            : { group, first: at, last: until, cause },
        );
  }
  await addFacts(tx, plants.plantId, placed);
  const at = placed.map((one) => one.at);
  await noteArrival(tx, plants.plantId, {
    kind: recordedAsWritten ? 'import' : 'facts',
    author: from.author,
    source: from.source,
    learnt,
    first: Math.min(...at),
    last: Math.max(...placed.map((one) => one.until)),
    count: placed.length,
  });
  if (kind === 'replacements.csv' && !recordedAsWritten) touches.push(...(await refined(tx, plants, now, learnt)));
  await touch(tx, plants, touches, learnt);
  return { ok: true, learnt, rows: placed.length, ids: placed.map(({ id }) => id) };
}

/** A register whose multiplier has more digits than any before makes all of its quantities finer, the settled ones too. */
async function refined(tx: Transaction, plants: Plants, before: Plant, learnt: number): Promise<Touch[]> {
  await plants.refresh(tx);
  const after = plants.newest!.plant;
  const first = (await firstReadingAt(tx, plants.plantId)) ?? learnt;
  return after.points
    .filter(
      ({ id, quantityStep }) =>
        stepText(before.pointById.get(id)?.quantityStep ?? quantityStep) !== stepText(quantityStep),
    )
    .flatMap(({ id }) => [...(groupsOfPoints(plants, after).get(id) ?? [])])
    .map((group) => ({ group, first, last: learnt, cause: { kind: 'fact', table: 'replacements.csv', id: '' } }));
}

/** The fact that a row became: of several of one id the one recorded when the row says. */
function takeFact(facts: Said[], { recorded_at }: FactCells, plant: Plant): Said {
  const at = recorded_at === undefined ? undefined : readInstant(recorded_at, plant.zone)?.at;
  const place = Math.max(
    0,
    facts.findIndex(({ recordedAt }) => recordedAt === at),
  );
  return facts.splice(place, 1)[0]!;
}

interface Said {
  readonly id: string;
  readonly recordedAt: number;
  readonly unit: string | undefined;
  readonly point: string | undefined;
  readonly of: string | undefined;
  readonly from: number;
  readonly to: number;
}

/** All facts that were read, with where and when they act. */
function factsIn(facts: Facts): Said[] {
  const out: Said[] = [];
  const put = (one: { id: string; recordedAt: number }, more: Partial<Said> & { from: number; to: number }): void => {
    out.push({ id: one.id, recordedAt: one.recordedAt, unit: undefined, point: undefined, of: undefined, ...more });
  };
  for (const f of facts.limits) put(f, { unit: f.unit, from: f.from, to: f.to });
  for (const f of facts.exclusions) put(f, { unit: f.unit, from: f.from, to: f.to });
  for (const f of facts.fees) put(f, { unit: f.unit, from: f.time, to: f.time });
  for (const f of facts.swaps) put(f, { unit: f.unit, from: (f.day - 1) * DAY_MS, to: (f.day + 2) * DAY_MS });
  for (const f of facts.replacements) put(f, { point: f.point, from: f.time, to: f.time });
  for (const f of facts.confirmations) put(f, { point: f.point, from: f.time, to: f.time });
  for (const f of facts.samples)
    put(f, {
      point: f.point,
      of: f.of,
      from: Math.min(f.time, f.from ?? f.time),
      to: Math.max(f.time, f.to ?? f.time),
    });
  return out;
}

const DAY_MS = 86_400_000;

/** The stretch a fact acts in; a sample is booked its delay before it was taken. */
function spanOf(plant: Plant, { from, to, point }: Said): { at: number; until: number } {
  const sampled = point === undefined ? undefined : plant.pointById.get(point);
  const delay = sampled?.kind === 'sample' ? (sampled as SamplePoint).delayMs : 0;
  return { at: from - delay, until: to };
}

function groupsOf(plants: Plants, plant: Plant, unit: string | undefined, point: string | undefined): Iterable<string> {
  if (unit !== undefined) return [plants.groups.get(unit) ?? unit];
  return point === undefined ? [] : (groupsOfPoints(plants, plant).get(point) ?? []);
}

// ── models ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface NewModelText {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly fromDay: string;
  readonly base: number | undefined;
  readonly note: string;
}

export type ModelTaught =
  | { readonly ok: true; readonly version: number; readonly learnt: number; readonly problems: readonly Problem[] }
  | { readonly ok: false; readonly code: 'problems'; readonly problems: readonly Problem[] }
  | { readonly ok: false; readonly code: 'stale-base'; readonly newest: number }
  | { readonly ok: false; readonly code: 'other-plant'; readonly found: string };

/** Saves a version of the model; every open shift from its first day on is settled anew. */
export async function teachModel(
  { plants }: Teacher,
  tx: Transaction,
  model: NewModelText,
  from: From,
  plantName: string,
  recordedAt?: number,
): Promise<ModelTaught> {
  const { plantId } = plants;
  const { plant, problems } = parseModel(model.files, '');
  if (!plant) return { ok: false, code: 'problems', problems };
  if (plant.id !== plantName) return { ok: false, code: 'other-plant', found: plant.id };
  const closed = await holdMonths(tx, plantId);
  const learnt = await learn(tx, plantId);
  await plants.refresh(tx);
  const before = plants.newest?.plant;
  const saved = await saveModel(tx, plantId, {
    files: model.files,
    fromDay: model.fromDay,
    base: model.base,
    recordedAt: recordedAt ?? learnt,
    author: from.author,
    note: model.note,
    hash: plant.hash,
  });
  if (!saved.ok) return { ok: false, code: 'stale-base', newest: saved.newest };
  await numberPoints(
    tx,
    plantId,
    plant.points.map(({ id, step }) => ({ id, step: stepText(step) })),
  );
  const first = plant.zone.at(parseDay(model.fromDay)! - 1, 0).at;
  await noteArrival(tx, plantId, {
    kind: 'model',
    author: from.author,
    source: from.source,
    learnt,
    first,
    last: learnt,
    count: model.files.size,
  });
  await plants.refresh(tx);
  if (before) await sumUnderModel({ tx, plantId, plant: plants.newest!.plant, closed }, before);
  const groups = recordedAt === undefined ? new Set(plants.groups.values()) : [];
  await touch(
    tx,
    plants,
    [...groups].map((group) => ({ group, first, last: learnt, cause: { kind: 'model', version: saved.version } })),
    learnt,
  );
  return { ok: true, version: saved.version, learnt, problems };
}
