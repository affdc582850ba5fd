// A level read as a stock at an instant: the reading, or between two neighbours on the line that joins them.
import { type Instant, type Ratio, ratio, type Step, toSteps } from '../quantity.ts';
import { BAD, lastAtOrBefore, type Series } from './log.ts';

/** A level at an instant, in steps of the point; substituted when its neighbours are further apart than `gap`. */
export type LevelAt =
  | { readonly kind: 'measured'; readonly steps: number }
  | { readonly kind: 'substituted'; readonly steps: number; readonly from: Instant; readonly to: Instant }
  | { readonly kind: 'missing' };

/** The series without its bad readings. */
export function usable(series: Series): Series {
  if (!series.quality.includes(BAD)) return series;
  const keep = [...series.quality.keys()].filter((i) => series.quality[i] !== BAD);
  return {
    times: Float64Array.from(keep, (i) => series.times[i]!),
    values: Float64Array.from(keep, (i) => series.values[i]!),
    quality: Uint8Array.from(keep, (i) => series.quality[i]!),
    conflicts: series.conflicts,
  };
}

/** The level at an instant from a usable series. */
export function levelAt(series: Series, gapMs: number, at: Instant): LevelAt {
  const i = lastAtOrBefore(series.times, at);
  if (i < 0) return { kind: 'missing' };
  const t1 = series.times[i]!;
  const v1 = series.values[i]!;
  if (t1 === at) return { kind: 'measured', steps: v1 };
  if (i + 1 >= series.times.length) return { kind: 'missing' };
  const t2 = series.times[i + 1]!;
  const rise = series.values[i + 1]! - v1;
  const exact: Ratio = ratio(BigInt(v1) * BigInt(t2 - t1) + BigInt(rise) * BigInt(at - t1), BigInt(t2 - t1));
  const steps = toSteps(exact, WHOLE);
  return t2 - t1 <= gapMs ? { kind: 'measured', steps } : { kind: 'substituted', steps, from: t1, to: t2 };
}

const WHOLE: Step = { size: { n: 1n, d: 1n }, places: 0 };
