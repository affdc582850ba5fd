// Settled quantities kept as columns, so that months and years can be valued again under other prices in an instant: a
// what-if, a price revision's effect per crew. Quantities stand; only amounts are new, by the same rounding as the sheet's.
import { type AmountScale, amountFen } from '../quantity.ts';

/** One line of many sheets of a unit: allowed and used steps, sheet by sheet. Outputs use budget and made, with sign −1. */
export interface LineColumn {
  readonly stream: string;
  /** Whole numbers of steps, one a sheet. */
  readonly allowed: Float64Array;
  readonly used: Float64Array;
  /** +1: allowed − used (an input); −1: used − allowed (an output or by-product). */
  readonly sign: 1 | -1;
  readonly scale: AmountScale;
}

// Adding and taking away 1.5 × 2^52 rounds a double to the nearest integer, ties to even (IEEE 754).
const ROUND = 6_755_399_441_055_744;
const EXACT = 2 ** 52;

/**
 * The fen of one line at a price, written to `fen` and added to `gains`, sheet by sheet. Exact: while quantity × price is
 * below 2^52 the quotient by the scale lies off a tie by more than its own error, so one division and one rounding give
 * the same integer as exact arithmetic; beyond, `amountFen` does it in bigints.
 */
export function replayLine(line: LineColumn, priceSteps: number, fen: Float64Array, gains: Float64Array): void {
  const { allowed, used, sign, scale } = line;
  const factor = priceSteps * scale.times;
  const { by } = scale;
  for (let i = 0; i < allowed.length; i += 1) {
    const a = allowed[i]! * factor;
    const u = used[i]! * factor;
    let amount: number;
    if (a < EXACT && a > -EXACT && u < EXACT && u > -EXACT) amount = a / by + ROUND - ROUND - (u / by + ROUND - ROUND);
    else amount = amountFen(allowed[i]!, priceSteps, scale) - amountFen(used[i]!, priceSteps, scale);
    amount *= sign;
    fen[i] = amount;
    gains[i] = gains[i]! + amount;
  }
}

/**
 * Ranks by descending gain per hour within one league: `gains[i]` over `hours[i]`, equal scores sharing a rank, a team
 * without hours unranked (0). Cross-multiplied, never divided.
 */
export function rankScores(
  gains: ArrayLike<number>,
  hours: ArrayLike<number>,
  ranks: Uint8Array | Uint16Array,
  from = 0,
  to = gains.length,
): void {
  for (let i = from; i < to; i += 1) {
    let rank = hours[i] === 0 ? 0 : 1;
    if (rank > 0)
      for (let j = from; j < to; j += 1) if (hours[j] !== 0 && gains[j]! * hours[i]! > gains[i]! * hours[j]!) rank += 1;
    ranks[i] = rank;
  }
}
