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
 */
export function gatherSeries(log: Log, points: number, asOf: Instant): Series[] {
  const { point, time, value, quality, learnt, length } = log;
  const starts = new Int32Array(points + 1);
  for (let i = 0; i < length; i += 1) if (learnt[i]! <= asOf) starts[point[i]! + 1]! += 1;
  for (let p = 0; p < points; p += 1) starts[p + 1]! += starts[p]!;
  const total = starts[points]!;
  const next = starts.slice(0, points);
  const rows = new Int32Array(total);
  const times = new Float64Array(total);
  const last = new Float64Array(points).fill(Number.NEGATIVE_INFINITY);
  const disordered = new Uint8Array(points);
  for (let i = 0; i < length; i += 1) {
    if (learnt[i]! > asOf) continue;
    const p = point[i]!;
    const t = time[i]!;
    const at = next[p]!;
    next[p] = at + 1;
    rows[at] = i;
    times[at] = t;
    if (t <= last[p]!) disordered[p] = 1;
    last[p] = t;
  }
  const values = new Float64Array(total);
  const qualities = new Uint8Array(total);
  const out: Series[] = [];
  for (let p = 0; p < points; p += 1) {
    const from = starts[p]!;
    const to = starts[p + 1]!;
    const conflicts: Instant[] = [];
    const end = disordered[p] ? from + keepLast(log, rows.subarray(from, to), conflicts) : to;
    for (let i = from; i < end; i += 1) {
      const row = rows[i]!;
      times[i] = time[row]!;
      values[i] = value[row]!;
      qualities[i] = quality[row]!;
    }
    out.push({
      times: times.subarray(from, end),
      values: values.subarray(from, end),
      quality: qualities.subarray(from, end),
      conflicts,
    });
  }
  return out;
}

/** Puts the rows of one point in order and keeps one an instant, at the front; how many are kept. */
function keepLast(log: Log, rows: Int32Array, conflicts: Instant[]): number {
  const { time, value, quality, learnt } = log;
  const before = (a: number, b: number): number =>
    time[a]! - time[b]! || learnt[b]! - learnt[a]! || quality[a]! - quality[b]! || value[a]! - value[b]!;
  sortNearlySorted(rows, before);
  let kept = 0;
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i]!;
    const winner = kept > 0 ? rows[kept - 1]! : -1;
    if (winner >= 0 && time[winner]! === time[row]!) {
      const together = learnt[winner]! === learnt[row]!;
      const differs = value[winner]! !== value[row]! || quality[winner]! !== quality[row]!;
      if (together && differs && conflicts.at(-1) !== time[row]!) conflicts.push(time[row]!);
    } else {
      rows[kept] = row;
      kept += 1;
    }
  }
  return kept;
}

/** Insertion for rows a few places away from where they belong, a full sort when that gets costly. */
function sortNearlySorted(rows: Int32Array, before: (a: number, b: number) => number): void {
  let moves = 0;
  const allowed = rows.length * 8;
  for (let i = 1; i < rows.length; i += 1) {
    const row = rows[i]!;
    let j = i - 1;
    while (j >= 0 && before(rows[j]!, row) > 0) {
      rows[j + 1] = rows[j]!;
      j -= 1;
      moves += 1;
    }
    rows[j + 1] = row;
    if (moves > allowed) {
      rows.sort(before);
      return;
    }
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
