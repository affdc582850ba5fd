// What was read, as columns in order of arrival, and what of it counts: one value per point and instant, the one learnt
// last. No object per reading: a day of a plant is millions of rows.
import type { Instant } from '../quantity.ts';

export const GOOD = 0;
export const UNCERTAIN = 1;
export const BAD = 2;

/** Append-only columns of equal length, in any order of time. */
export interface Log {
  readonly length: number;
  /** The point's place in the plant. */
  readonly point: Int32Array;
  readonly time: Float64Array;
  /** In steps of the point. */
  readonly value: Float64Array;
  /** GOOD, UNCERTAIN or BAD. */
  readonly quality: Uint8Array;
  readonly learnt: Float64Array;
}

/** The readings of one point that count, in order of time, one per instant. */
export interface Series {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly quality: Uint8Array;
  /** Instants at which rows learnt together differed. */
  readonly conflicts: readonly Instant[];
}

/** A log that grows; `take` gives what it holds so far without copying. */
export class LogBuilder {
  private size = 0;
  private point = new Int32Array(1024);
  private time = new Float64Array(1024);
  private value = new Float64Array(1024);
  private quality = new Uint8Array(1024);
  private learnt = new Float64Array(1024);

  add(point: number, time: Instant, value: number, quality: number, learnt: Instant): void {
    if (this.size === this.point.length) this.grow();
    const at = this.size;
    this.point[at] = point;
    this.time[at] = time;
    this.value[at] = value;
    this.quality[at] = quality;
    this.learnt[at] = learnt;
    this.size += 1;
  }

  get length(): number {
    return this.size;
  }

  private grow(): void {
    const capacity = this.size * 2;
    const copy = <T extends Int32Array | Float64Array | Uint8Array>(into: T, from: T): T => {
      into.set(from as never);
      return into;
    };
    this.point = copy(new Int32Array(capacity), this.point);
    this.time = copy(new Float64Array(capacity), this.time);
    this.value = copy(new Float64Array(capacity), this.value);
    this.quality = copy(new Uint8Array(capacity), this.quality);
    this.learnt = copy(new Float64Array(capacity), this.learnt);
  }

  take(): Log {
    const n = this.size;
    return {
      length: n,
      point: this.point.subarray(0, n),
      time: this.time.subarray(0, n),
      value: this.value.subarray(0, n),
      quality: this.quality.subarray(0, n),
      learnt: this.learnt.subarray(0, n),
    };
  }
}

/**
 * The series of every point as known at `asOf`: of the rows of one instant the one learnt last; of several learnt
 * together the better quality, then the smaller value. Order of arrival and repetition therefore change nothing.
 *
 * Rows are dealt out first to groups of points, then group by group to points, and a point whose rows did not arrive in
 * order is put in order while its group is still at hand: the work per row stays the same for ten points and for thousands.
 */
export function gatherSeries(log: Log, points: number, asOf: Instant): Series[] {
  const { point, time, value, quality } = log;
  const { starts, order } = groupRows(log, points, asOf);
  const times = new Float64Array(order.length);
  const values = new Float64Array(order.length);
  const allGood = new Uint8Array(order.length);
  const next = new Int32Array(GROUP);
  const last = new Float64Array(GROUP);
  const disordered = new Uint8Array(GROUP);
  let rows = new Int32Array(0);
  const out: Series[] = [];
  for (let first = 0; first < points; first += GROUP) {
    const base = starts[first]!;
    const end = starts[Math.min(first + GROUP, points)]!;
    if (rows.length < end - base) rows = new Int32Array(end - base);
    for (let n = 0; n < GROUP && first + n < points; n += 1) next[n] = starts[first + n]!;
    last.fill(Number.NEGATIVE_INFINITY);
    disordered.fill(0);
    let good = true;
    for (let n = base; n < end; n += 1) {
      const row = order[n]!;
      const p = point[row]! - first;
      const t = time[row]!;
      const at = next[p]!;
      next[p] = at + 1;
      times[at] = t;
      values[at] = value[row]!;
      rows[at - base] = row;
      if (quality[row] !== GOOD) good = false;
      if (t <= last[p]!) disordered[p] = 1;
      last[p] = t;
    }
    for (let p = first; p < first + GROUP && p < points; p += 1) {
      const [from, to] = [starts[p]!, starts[p + 1]!];
      const dealt = {
        times: times.subarray(from, to),
        values: values.subarray(from, to),
        rows: rows.subarray(from - base, to - base),
      };
      const conflicts: Instant[] = [];
      const kept = disordered[p - first] ? keepLast(log, dealt, conflicts) : to - from;
      out.push({
        times: dealt.times.subarray(0, kept),
        values: dealt.values.subarray(0, kept),
        quality: good
          ? allGood.subarray(from, from + kept)
          : Uint8Array.from(dealt.rows.subarray(0, kept), (row) => quality[row]!),
        conflicts,
      });
    }
  }
  return out;
}

const GROUP = 64;

/** Where each point's rows begin once dealt out, and the rows known at `asOf` by groups of 64 points. */
function groupRows(
  { point, learnt, length }: Log,
  points: number,
  asOf: Instant,
): { starts: Int32Array; order: Int32Array } {
  const all = asOf === Number.POSITIVE_INFINITY;
  const starts = new Int32Array(points + 1);
  for (let i = 0; i < length; i += 1) if (all || learnt[i]! <= asOf) starts[point[i]! + 1]! += 1;
  for (let p = 0; p < points; p += 1) starts[p + 1]! += starts[p]!;
  const next = Int32Array.from({ length: Math.ceil(points / GROUP) }, (_, group) => starts[group * GROUP]!);
  const order = new Int32Array(starts[points]!);
  for (let i = 0; i < length; i += 1) {
    if (!all && learnt[i]! > asOf) continue;
    const group = Math.trunc(point[i]! / GROUP);
    order[next[group]!] = i;
    next[group]! += 1;
  }
  return { starts, order };
}

/** The rows of one point: time, value, and the place in the log. */
interface Dealt {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly rows: Int32Array;
}

/** Puts the rows of one point in order and keeps one an instant, at the front; how many are kept. */
function keepLast({ quality, learnt }: Log, dealt: Dealt, conflicts: Instant[]): number {
  const { times, values, rows } = dealt;
  // Of one instant the row that counts stands first.
  const tie = (a: number, b: number): number =>
    learnt[rows[b]!]! - learnt[rows[a]!]! || quality[rows[a]!]! - quality[rows[b]!]! || values[a]! - values[b]!;
  sortDealt(dealt, tie);
  let kept = 0;
  for (let at = 0; at < times.length; at += 1) {
    const winner = kept - 1;
    if (winner >= 0 && times[winner] === times[at]) {
      const [row, other] = [rows[winner]!, rows[at]!];
      const differs = values[winner] !== values[at] || quality[row] !== quality[other];
      if (differs && learnt[row] === learnt[other] && conflicts.at(-1) !== times[at]) conflicts.push(times[at]!);
      continue;
    }
    if (kept !== at) {
      times[kept] = times[at]!;
      values[kept] = values[at]!;
      rows[kept] = rows[at]!;
    }
    kept += 1;
  }
  return kept;
}

/**
 * Sorts the rows of a point by time, `tie` deciding between rows of one instant: by insertion, since a row arrives a few
 * places from where it belongs; when that gets costly, by a full sort.
 */
function sortDealt({ times, values, rows }: Dealt, tie: (a: number, b: number) => number): void {
  const allowed = times.length * 4;
  let moves = 0;
  for (let i = 1; i < times.length; i += 1) {
    let j = i;
    while (j > 0 && (times[j - 1]! > times[j]! || (times[j - 1] === times[j] && tie(j - 1, j) > 0))) {
      const [t, v, row] = [times[j]!, values[j]!, rows[j]!];
      times[j] = times[j - 1]!;
      values[j] = values[j - 1]!;
      rows[j] = rows[j - 1]!;
      times[j - 1] = t;
      values[j - 1] = v;
      rows[j - 1] = row;
      j -= 1;
    }
    moves += i - j;
    if (moves <= allowed) continue;
    const order = Int32Array.from({ length: times.length }, (_, n) => n).sort(
      (a, b) => times[a]! - times[b]! || tie(a, b),
    );
    const copy: Dealt = { times: times.slice(), values: values.slice(), rows: rows.slice() };
    for (const [n, at] of order.entries()) {
      times[n] = copy.times[at]!;
      values[n] = copy.values[at]!;
      rows[n] = copy.rows[at]!;
    }
    return;
  }
}

/** The place of the last time at or before `at`, -1 when there is none. */
export function lastAtOrBefore(times: Float64Array, at: Instant): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
