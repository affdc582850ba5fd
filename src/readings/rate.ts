// A rate read as an integral over time, and as a mean, by the conventions of OPC 10000-13 (sloped or stepped
// interpolation; a bad value ends the data; nothing is made up over a gap).
import { divideHalfEven, HOUR_MS, type Instant, type Ratio, ratio, type Step, toSafe } from '../quantity.ts';
import { BAD, GOOD, lastAtOrBefore, type Series } from './log.ts';

/** A rate's series with what has run up to each reading. */
export interface Rate {
  readonly series: Series;
  readonly sloped: boolean;
  readonly gapMs: number;
  /** Twice the integral up to each reading, in value steps × ms; bigints once doubles would not hold it exactly. */
  readonly twice: Float64Array | readonly bigint[];
  /** The time with data up to each reading, in ms. */
  readonly covered: Float64Array;
}

const dataAfter = (series: Series, i: number, gapMs: number): boolean =>
  i >= 0 &&
  i + 1 < series.times.length &&
  series.quality[i] !== BAD &&
  series.times[i + 1]! - series.times[i]! <= gapMs;

/** The value at the end of the stretch after reading `i`: the next one when sloped and usable, else the same. */
const endValue = (series: Series, sloped: boolean, i: number): number =>
  sloped && series.quality[i + 1] !== BAD ? series.values[i + 1]! : series.values[i]!;

export function readRate(series: Series, sloped: boolean, gapMs: number): Rate {
  const n = series.times.length;
  const covered = new Float64Array(n);
  const twice = new Float64Array(n);
  let exact = true;
  for (let i = 1; i < n; i += 1) {
    const has = dataAfter(series, i - 1, gapMs);
    const span = has ? series.times[i]! - series.times[i - 1]! : 0;
    covered[i] = covered[i - 1]! + span;
    const area = has ? (series.values[i - 1]! + endValue(series, sloped, i - 1)) * span : 0;
    twice[i] = twice[i - 1]! + area;
    if (Math.abs(area) > Number.MAX_SAFE_INTEGER || Math.abs(twice[i]!) > Number.MAX_SAFE_INTEGER) exact = false;
  }
  return { series, sloped, gapMs, twice: exact ? twice : twiceInBigints(series, sloped, gapMs), covered };
}

function twiceInBigints(series: Series, sloped: boolean, gapMs: number): bigint[] {
  const out = [0n];
  for (let i = 1; i < series.times.length; i += 1) {
    const has = dataAfter(series, i - 1, gapMs);
    const span = BigInt(has ? series.times[i]! - series.times[i - 1]! : 0);
    out.push(out[i - 1]! + (BigInt(series.values[i - 1]!) + BigInt(endValue(series, sloped, i - 1))) * span);
  }
  return out;
}

/** Twice the integral from the first reading to `at`, exact, in value steps × ms. */
function twiceIntegral(rate: Rate, at: Instant): Ratio {
  const { series } = rate;
  const i = lastAtOrBefore(series.times, at);
  if (i < 0) return { n: 0n, d: 1n };
  const whole = BigInt(rate.twice[i]!);
  const x = at - series.times[i]!;
  if (x === 0 || !dataAfter(series, i, rate.gapMs)) return { n: whole, d: 1n };
  const span = BigInt(series.times[i + 1]! - series.times[i]!);
  const first = BigInt(series.values[i]!);
  const rise = BigInt(endValue(series, rate.sloped, i)) - first;
  const ms = BigInt(x);
  return { n: (whole + 2n * first * ms) * span + rise * ms * ms, d: span };
}

/** The time with data from the first reading to `at`, in ms. */
function coveredUpTo(rate: Rate, at: Instant): number {
  const i = lastAtOrBefore(rate.series.times, at);
  if (i < 0) return 0;
  return rate.covered[i]! + (dataAfter(rate.series, i, rate.gapMs) ? at - rate.series.times[i]! : 0);
}

export const coveredMs = (rate: Rate, from: Instant, to: Instant): number =>
  coveredUpTo(rate, to) - coveredUpTo(rate, from);

/** The integral over `[from, to)`, exact, in value steps × ms. */
export function integral(rate: Rate, from: Instant, to: Instant): Ratio {
  const [a, b] = [twiceIntegral(rate, from), twiceIntegral(rate, to)];
  return { n: b.n * a.d - a.n * b.d, d: 2n * a.d * b.d };
}

/**
 * The covered quantity over `[from, to)` in quantity steps: the difference of the rounded integrals that run from
 * `anchor`, so that neighbouring quantities sum.
 */
export function rateQuantity(
  rate: Rate,
  from: Instant,
  to: Instant,
  anchor: Instant,
  step: Step,
  quantityStep: Step,
): number {
  return (
    roundedIntegral(rate, anchor, to, step, quantityStep) - roundedIntegral(rate, anchor, from, step, quantityStep)
  );
}

function roundedIntegral(rate: Rate, from: Instant, to: Instant, step: Step, quantityStep: Step): number {
  const { n, d } = integral(rate, from, to);
  return toSafe(
    divideHalfEven(n * step.size.n * quantityStep.size.d, d * BigInt(HOUR_MS) * step.size.d * quantityStep.size.n),
  );
}

/** A mean over time: its value in steps of the point, exact, how much of the time had data, and whether to trust it. */
export interface TimeAverage {
  readonly mean: Ratio;
  readonly coveredMs: number;
  readonly uncertain: boolean;
}

/**
 * The time average over the intervals (OPC 10000-13, TimeAverage2): undefined without data. With a usable reading at the
 * start and no time covered, that reading, uncertain.
 */
export function timeAverage(
  rate: Rate,
  parts: readonly { readonly from: Instant; readonly to: Instant }[],
): TimeAverage | undefined {
  let n = 0n;
  let d = 1n;
  let covered = 0;
  let total = 0;
  let uncertain = false;
  for (const { from, to } of parts) {
    const area = integral(rate, from, to);
    n = n * area.d + area.n * d;
    d *= area.d;
    covered += coveredMs(rate, from, to);
    total += to - from;
    uncertain ||= hasUncertain(rate, from, to);
  }
  if (covered > 0)
    return { mean: ratio(n, d * BigInt(covered)), coveredMs: covered, uncertain: uncertain || covered < total };
  const start = parts[0]?.from ?? Number.NaN;
  const i = lastAtOrBefore(rate.series.times, start);
  if (i < 0 || rate.series.times[i] !== start || rate.series.quality[i] === BAD) return undefined;
  return { mean: ratio(rate.series.values[i]!), coveredMs: 0, uncertain: true };
}

/** Whether any data in the interval lean on a reading that is not good. */
function hasUncertain({ series, gapMs }: Rate, from: Instant, to: Instant): boolean {
  for (
    let i = Math.max(0, lastAtOrBefore(series.times, from));
    i < series.times.length && series.times[i]! < to;
    i += 1
  ) {
    if (!dataAfter(series, i, gapMs)) continue;
    if (series.quality[i] !== GOOD || (series.quality[i + 1] !== GOOD && series.times[i + 1]! > from)) return true;
  }
  return false;
}
