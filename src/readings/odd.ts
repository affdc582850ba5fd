// Typed figures far outside their own series: told, never changed. Meters are not looked at here, for a process may really
// run at a tenth of its rate; a target, a count or an hour typed once a shift seldom does.
import type { Instant } from '../quantity.ts';
import { findFarOutside } from '../statistics.ts';
import type { Series } from './log.ts';

/** A figure that nothing else of its point comes near, in steps of the point. */
export interface OddFigure {
  readonly at: Instant;
  readonly steps: number;
  readonly medianSteps: number;
  /** Modified z-score on logarithms. */
  readonly score: number;
}

/** The odd figures of a series without bad readings, the farthest first. */
export const findOddFigures = ({ times, values }: Series): OddFigure[] =>
  findFarOutside(values).map(({ index, median, score }) => ({
    at: times[index]!,
    steps: values[index]!,
    medianSteps: median,
    score,
  }));
