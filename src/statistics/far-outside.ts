// Figures far outside their own series: a decimal point slipped, a key pressed twice. It does not look for merely unusual
// figures: a stretch of low targets is no mistake, and telling it would drown the one that is.

/** A figure far outside its series: which, the series' median, and the modified z-score of its logarithm. */
export interface FarOutside {
  readonly index: number;
  readonly median: number;
  readonly score: number;
}

/** Fewer figures are no series to stand outside of. */
const LEAST_FIGURES = 8;
/** The modified z-score above which a figure is a potential outlier (Iglewicz & Hoaglin, section 3.3). */
const LEAST_SCORE = 3.5;
/** A slipped decimal point or a key pressed twice is a factor of ten or so; below three it may be a decision. */
const LEAST_FACTOR = 3;
/** At most so many figures, and at most a tenth of the series, may stand outside on each side. */
const MOST = 10;

/**
 * The positive figures that stand far outside: by all of three rules, on logarithms, since figures slip by factors.
 *
 * 1. The modified z-score 0.6745 · (x − median) ÷ MAD exceeds 3.5; with MAD 0, (x − median) ÷ (1.253314 · mean absolute
 *    deviation). B. Iglewicz, D. C. Hoaglin, How to Detect and Handle Outliers, ASQC 1993.
 * 2. The gap to the nearest figure inside is wider than all figures inside are apart: Dixon's ratio gap ÷ range above one
 *    half. W. J. Dixon, Processing Data for Outliers, Biometrics 9 (1953), r10.
 * 3. More than three times, or less than a third of, the median.
 *
 * Zero and negative figures have no logarithm and are not judged. In order of score, the farthest first.
 */
export function findFarOutside(figures: ArrayLike<number>): FarOutside[] {
  const positive = Array.from(figures, (value, index) => ({ value, index })).filter(({ value }) => value > 0);
  if (positive.length < LEAST_FIGURES) return [];
  const sorted = positive.map(({ value, index }) => ({ value, index, x: Math.log(value) })).sort((a, b) => a.x - b.x);
  const logs = sorted.map(({ x }) => x);
  const center = medianOfSorted(logs);
  const [low, high] = outsideOf(logs);
  if (low + high === 0) return [];
  const away = logs.map((x) => Math.abs(x - center)).sort((a, b) => a - b);
  const mad = medianOfSorted(away);
  const spread = mad > 0 ? mad / 0.6745 : (1.253314 * away.reduce((a, b) => a + b, 0)) / away.length;
  const outside = [...sorted.slice(0, low), ...sorted.slice(sorted.length - high)];
  const median = medianOfSorted(sorted.map(({ value }) => value));
  return outside
    .map(({ index, x }) => ({ index, median, score: (x - center) / spread, factor: Math.abs(x - center) }))
    .filter(({ score, factor }) => Math.abs(score) > LEAST_SCORE && factor > Math.log(LEAST_FACTOR))
    .sort((a, b) => Math.abs(b.score) - Math.abs(a.score) || a.index - b.index)
    .map(({ index, score }) => ({ index, median, score }));
}

/** How many figures at the lower and the upper end the rest is further from than it is wide. */
function outsideOf(sorted: readonly number[]): [low: number, high: number] {
  const n = sorted.length;
  const most = Math.min(MOST, Math.floor(n / 10) || 1);
  let best: [number, number] = [0, 0];
  for (let low = 0; low <= most; low += 1)
    for (let high = 0; high <= most; high += 1) {
      if (low + high <= best[0] + best[1]) continue;
      const [first, last] = [sorted[low]!, sorted[n - high - 1]!];
      const range = last - first;
      const gapBelow = low === 0 ? Number.POSITIVE_INFINITY : first - sorted[low - 1]!;
      const gapAbove = high === 0 ? Number.POSITIVE_INFINITY : sorted[n - high]! - last;
      if (gapBelow > range && gapAbove > range) best = [low, high];
    }
  return best;
}

function medianOfSorted(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
