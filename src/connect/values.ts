// What a cell of a reading becomes: an instant in range, a value on the point's step, or the reason why it is neither.
// The general way, for every form people type; `fast-row.ts` reads the common forms to the same result.
import { type Plant, type Point, plain, readDecimal, type ZonedInstant } from '../plant.ts';
import { HOUR_MS, type Instant, toSteps } from '../quantity.ts';
import { BAD, GOOD, UNCERTAIN } from '../readings.ts';
import type { Tally } from './tally.ts';

/** Readings lie in [1970-01-01, 2200-01-01) UTC. */
export const EARLIEST = 0;
export const LATEST = 84_006 * 24 * HOUR_MS;

/** Steps × multiplier beyond this could leave no room to add up; half of what a double holds exactly. */
export const MOST_STEPS = 2 ** 52;

/** A time that can be recorded; a repeated hour is taken the first time and told. */
export function checkInstant(
  read: ZonedInstant | undefined,
  found: string,
  line: number,
  tally: Tally,
): Instant | undefined {
  if (!read) return tally.error('bad-instant', line, { found });
  if (read.falls === 'never') return tally.error('skipped-instant', line, { found });
  if (read.at < EARLIEST || read.at >= LATEST) return tally.error('time-out-of-range', line, { found });
  if (read.falls === 'twice') tally.warn('ambiguous-instant', line, { found });
  return read.at;
}

/** The point of an id, when readings of it can be taken: samples have their own table, others are worked out. */
export function findPoint(plant: Plant, id: string, nearest: (id: string) => string): Point | PointProblem {
  const point = plant.pointById.get(id) ?? plant.pointById.get(plain(id));
  if (!point) return { code: 'unknown-reference', args: { kind: 'point', found: id, nearest: nearest(id) } };
  if (point.kind === 'share' || point.kind === 'formula')
    return { code: 'derived-reading', args: { point: point.id, kind: point.kind } };
  return point;
}

export interface PointProblem {
  readonly code: 'unknown-reference' | 'derived-reading';
  readonly args: Record<string, string>;
}

/** A value in steps of its point, rounded half-even when it is finer. */
export function checkValue(text: string, point: Point, line: number, tally: Tally): number | undefined {
  const value = readDecimal(text);
  if (!value) return tally.error('bad-decimal', line, { found: text, point: point.id });
  let steps: number;
  try {
    steps = toSteps(value, point.step) || 0;
  } catch {
    return tally.error('out-of-range', line, { found: text, point: point.id });
  }
  const modulus = point.kind === 'counter' ? point.register.modulus : undefined;
  if (modulus !== undefined && (steps < 0 || steps >= modulus))
    return tally.error('face-out-of-range', line, {
      found: text,
      point: point.id,
      rollover: rolloverOf(point, modulus),
    });
  if (Math.abs(steps) > mostSteps(point)) return tally.error('out-of-range', line, { found: text, point: point.id });
  return steps;
}

const rolloverOf = ({ step }: Point, modulus: number): string => {
  const { n, d } = step.size;
  return (BigInt(modulus) * n) % d === 0n
    ? String((BigInt(modulus) * n) / d)
    : String((modulus * Number(n)) / Number(d));
};

export const mostSteps = (point: Point): number =>
  point.kind === 'counter' ? MOST_STEPS / Math.max(1, point.register.multiplier) : MOST_STEPS;

const QUALITIES: ReadonlyMap<string, number> = new Map([
  ['', GOOD],
  ...['good', '好', '良好', '正常', '有效'].map((word) => [word, GOOD] as const),
  ...['uncertain', '可疑', '存疑', '不确定'].map((word) => [word, UNCERTAIN] as const),
  ...['bad', '坏', '不良', '无效'].map((word) => [word, BAD] as const),
]);

export function checkQuality(text: string, line: number, tally: Tally): number | undefined {
  const quality = QUALITIES.get(plain(text).toLowerCase());
  if (quality === undefined)
    tally.error('bad-choice', line, { found: text, choices: 'good, uncertain, bad', nearest: '' });
  return quality;
}
