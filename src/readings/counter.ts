// A counter read as a cumulative that conserves: rollover, replacement and unknown drops put right, values at boundaries
// interpolated on the face of the register in use. Consecutive intervals always sum to the last minus the first.

import type { CounterPoint, ReplacementFact } from '../plant.ts';
import { divideHalfEven, HOUR_MS, type Instant, toSafe } from '../quantity.ts';
import { BAD, lastAtOrBefore, type Series } from './log.ts';

/** Something a counter did that a reader should know of, between two readings. */
export type CounterEventKind = 'rollover' | 'replacement' | 'unknown-drop' | 'implausible-rise';

export interface CounterEvent {
  readonly kind: CounterEventKind;
  readonly from: Instant;
  readonly to: Instant;
}

/** Nodes are readings and register changes; a stretch runs from each node to the next. */
export interface Counter {
  readonly gapMs: number;
  readonly times: Float64Array;
  /** Register faces, in steps of the point. */
  readonly faces: Float64Array;
  /** Runs of nodes within which the cumulative is (face − first face) × multiplier + base. */
  readonly runs: readonly Run[];
  /** Increments of the stretches that join two runs. */
  readonly joints: ReadonlyMap<number, number | 'unknown'>;
  readonly unknown: readonly { readonly from: Instant; readonly to: Instant }[];
  readonly events: readonly CounterEvent[];
}

interface Run {
  readonly first: number;
  readonly face: number;
  readonly base: number;
  readonly multiplier: number;
}

/** A boundary of a counter: its cumulative in quantity steps, or why there is none. */
export type Boundary =
  | { readonly kind: 'measured'; readonly cumulative: number }
  | { readonly kind: 'outage'; readonly stretch: number }
  | { readonly kind: 'missing' };

const MISSING: Boundary = { kind: 'missing' };

/** The counter of a point from its series and the replacements that stand, in order of time. */
export function readCounter(point: CounterPoint, series: Series, replacements: readonly ReplacementFact[]): Counter {
  const { register } = point;
  const { times, faces, changes } = nodesOf(series, replacements);
  const runs: Run[] = [];
  const joints = new Map<number, number | 'unknown'>();
  const unknown: { from: Instant; to: Instant }[] = [];
  const events: CounterEvent[] = [];
  let multiplier = register.multiplier;
  let base = 0;
  const open = (first: number): void => {
    runs.push({ first, face: faces[first]!, base, multiplier });
  };
  if (times.length > 0) open(0);
  const greatest = register.greatestPerHour;
  const limit = greatest ? Number(greatest.n) / Number(greatest.d) / HOUR_MS : Number.POSITIVE_INFINITY;
  for (let i = 1; i < times.length; i += 1) {
    const from = times[i - 1]!;
    const to = times[i]!;
    const rise = faces[i]! - faces[i - 1]!;
    const changed = changes?.get(i);
    if (changed === undefined && rise >= 0) {
      // Doubles decide when it is clear; within a hair of the limit the exact comparison does.
      const most = limit * (to - from);
      if (rise > most * 0.999999 && tooFast(rise, to - from, greatest))
        events.push({ kind: 'implausible-rise', from, to });
      continue;
    }
    const run = runs.at(-1)!;
    const reached = run.base + (faces[i - 1]! - run.face) * run.multiplier;
    let increment: number | 'unknown';
    if (changed !== undefined) {
      increment = 0;
      events.push({ kind: 'replacement', from, to });
    } else {
      const wrapped = register.modulus === undefined ? undefined : rise + register.modulus;
      if (wrapped !== undefined && wrapped >= 0 && greatest && !tooFast(wrapped, to - from, greatest)) {
        increment = wrapped;
        events.push({ kind: 'rollover', from, to });
      } else {
        increment = register.onDrop === 'restart' ? faces[i]! : register.onDrop === 'hold' ? 0 : 'unknown';
        events.push({ kind: 'unknown-drop', from, to });
        if (increment === 'unknown') unknown.push({ from, to });
      }
    }
    joints.set(i - 1, increment);
    base = reached + (increment === 'unknown' ? 0 : increment) * multiplier;
    if (changed !== undefined) multiplier = changed.multiplier ?? multiplier;
    open(i);
  }
  return { gapMs: register.gapMs, times, faces, runs, joints, unknown, events };
}

/** increment ÷ time > greatest rate, exactly. */
const tooFast = (increment: number, ms: number, greatest: { n: bigint; d: bigint } | undefined): boolean =>
  greatest !== undefined && BigInt(increment) * BigInt(HOUR_MS) * greatest.d > greatest.n * BigInt(ms);

interface Nodes {
  readonly times: Float64Array;
  readonly faces: Float64Array;
  /** Nodes at which a new register begins. */
  readonly changes: ReadonlyMap<number, ReplacementFact> | undefined;
}

function nodesOf(series: Series, replacements: readonly ReplacementFact[]): Nodes {
  let usable = series.times.length;
  for (const quality of series.quality) if (quality === BAD) usable -= 1;
  if (usable === series.times.length && replacements.length === 0)
    return { times: series.times, faces: series.values, changes: undefined };
  const size = usable + 2 * replacements.length;
  const times = new Float64Array(size);
  const faces = new Float64Array(size);
  const changes = new Map<number, ReplacementFact>();
  const sorted = [...replacements].sort((a, b) => a.time - b.time);
  let at = 0;
  let pending = 0;
  const put = (time: number, face: number): void => {
    times[at] = time;
    faces[at] = face;
    at += 1;
  };
  const change = (replacement: ReplacementFact): void => {
    put(replacement.time, replacement.oldFinal);
    changes.set(at, replacement);
    put(replacement.time, replacement.newFirst);
  };
  for (let i = 0; i < series.times.length; i += 1) {
    if (series.quality[i] === BAD) continue;
    // A reading of the very instant belongs to the new register.
    while (pending < sorted.length && sorted[pending]!.time <= series.times[i]!) {
      change(sorted[pending]!);
      pending += 1;
    }
    put(series.times[i]!, series.values[i]!);
  }
  for (; pending < sorted.length; pending += 1) change(sorted[pending]!);
  return { times, faces, changes };
}

/** The run that holds a node. */
function runOf(counter: Counter, node: number): Run {
  let low = 0;
  let high = counter.runs.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (counter.runs[middle]!.first <= node) low = middle;
    else high = middle;
  }
  return counter.runs[low]!;
}

/** The cumulative at a node, in quantity steps. */
export function cumulativeAt(counter: Counter, node: number): number {
  const run = runOf(counter, node);
  return run.base + (counter.faces[node]! - run.face) * run.multiplier;
}

/** The boundary value at an instant (settling.md: Counter). */
export function boundaryOf(counter: Counter, at: Instant): Boundary {
  const node = lastAtOrBefore(counter.times, at);
  if (node < 0) return MISSING;
  const t1 = counter.times[node]!;
  if (t1 === at) return { kind: 'measured', cumulative: cumulativeAt(counter, node) };
  if (node + 1 >= counter.times.length) return MISSING;
  const increment = counter.joints.get(node) ?? counter.faces[node + 1]! - counter.faces[node]!;
  if (increment === 'unknown') return MISSING;
  const span = counter.times[node + 1]! - t1;
  if (span > counter.gapMs) return { kind: 'outage', stretch: node };
  const { multiplier } = runOf(counter, node);
  const part = interpolate(counter.faces[node]!, increment, at - t1, span);
  return { kind: 'measured', cumulative: cumulativeAt(counter, node) + part * multiplier };
}

/** What round-half-even(face + increment × ms ÷ span) adds to the face. */
export function interpolate(face: number, increment: number, ms: number, span: number): number {
  const product = increment * ms;
  if (product > Number.MAX_SAFE_INTEGER)
    return toSafe(
      divideHalfEven(BigInt(face) * BigInt(span) + BigInt(increment) * BigInt(ms), BigInt(span)) - BigInt(face),
    );
  const whole = Math.floor(product / span);
  const twice = 2 * (product - whole * span);
  if (twice > span || (twice === span && Math.abs(face + whole) % 2 === 1)) return whole + 1;
  return whole;
}

/** A whole stretch: its ends, its increment on the face, the multiplier there, and the cumulative it starts from. */
export function stretchOf(
  counter: Counter,
  node: number,
): { from: Instant; to: Instant; increment: number; multiplier: number; start: number } {
  const joint = counter.joints.get(node);
  return {
    from: counter.times[node]!,
    to: counter.times[node + 1]!,
    increment: joint === undefined ? counter.faces[node + 1]! - counter.faces[node]! : joint === 'unknown' ? 0 : joint,
    multiplier: runOf(counter, node).multiplier,
    start: cumulativeAt(counter, node),
  };
}

/** Whether a stretch of unknown increment lies within the interval. */
export const hasUnknown = (counter: Counter, from: Instant, to: Instant): boolean =>
  counter.unknown.some((stretch) => stretch.from < to && stretch.to > from);
