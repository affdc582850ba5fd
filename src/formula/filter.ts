// The same value in doubles with a running bound of its error, as in the exact predicates of geometry (Shewchuk 1997):
// where the bound leaves a rounding or a comparison open, the answer is NaN, and the caller asks exact.ts instead.
//
// A closure returns the double and leaves its absolute error bound in `bound`. NaN runs through everything, so whatever
// the doubles cannot say (a zero divisor, an overflow, a clip that must be reported) ends at the exact path.

import { divide, type Ratio, ratio, subtract, toNumber } from '../quantity.ts';
import { SIGNS } from './exact.ts';
import type { Curve } from './scope.ts';
import type { Condition, ConditionOf, Term, TermOf } from './terms.ts';

export type Columns = readonly Float64Array[];
/** With `report`, a curve that may be clipped is NaN, since a clip is told exactly. */
type Double = (columns: Columns, row: number, report: boolean) => number;
/** 1, 0, or NaN when it is open. */
type Truth = Double;

/** The relative error of one rounding is at most EPSILON ÷ 2; the other half is slack. */
const EPSILON = 2 ** -52;
/** More than all rounding in the computation of one bound. */
const GROW = 1 + 2 ** -49;
/** More than any underflow takes away. */
const TINY = 1e-290;
/** Beyond this the doubles are no longer dense enough to tell two neighbours of a rounding apart. */
const WHOLE_MAX = 2 ** 50;
const HALF = 0.5 - 2 ** -40;

let bound = 0;

/** A constant as a double with a relative error of at most 2 EPSILON; NaN where doubles are too narrow for it. */
const double = (value: Ratio): number => {
  const number = toNumber(value);
  return value.n === 0n || (Math.abs(number) < 1e200 && Math.abs(number) > 1e-200) ? number : Number.NaN;
};
const constantBound = (value: Ratio, number: number): number => {
  const { d } = ratio(value.n, value.d);
  return d === 1n && Number.isSafeInteger(number) ? 0 : 2 * EPSILON * Math.abs(number);
};

/** `value`, known to ± `error`, rounded to an integer; NaN when that is open. */
const settle = (value: number, error: number): number => {
  const whole = Math.round(value);
  return Math.abs(value - whole) + error < HALF && Math.abs(whole) < WHOLE_MAX ? whole + 0 : Number.NaN;
};

/** value × factor, the factor a constant from `double`. */
const scaled = (value: number, factor: number): number => {
  const product = value * factor;
  bound = (bound * Math.abs(factor) + 4 * EPSILON * Math.abs(product)) * GROW + TINY;
  return product;
};

const product = (a: number, aError: number, b: number, bError: number): number => {
  const value = a * b;
  bound = (Math.abs(a) * bError + Math.abs(b) * aError + aError * bError + EPSILON * Math.abs(value)) * GROW + TINY;
  return value;
};

const quotient = (a: number, aError: number, b: number, bError: number): number => {
  const size = Math.abs(b);
  if (!(size > bError)) return Number.NaN;
  const value = a / b;
  bound = (((aError + Math.abs(value) * bError) / (size - bError)) * GROW + EPSILON * Math.abs(value)) * GROW + TINY;
  return value;
};

/**
 * A curve in steps of its result. The error needs no decision on the segment: a polyline turns an error of the argument into at
 * most its greatest slope times as much, also where the argument is clipped.
 */
const readCurve = ({ points, step }: Curve, of: Double): Double => {
  const count = points.length;
  const xs = Float64Array.from(points, ([x]) => double(x));
  const ys = Float64Array.from(points, ([, y]) => double(divide(y, step.size)));
  const slopes = Float64Array.from(points, ([x, y], i) => {
    const right = points[i + 1];
    return right ? double(divide(divide(subtract(right[1], y), subtract(right[0], x)), step.size)) : 0;
  });
  const [low, high] = [xs[0] as number, xs[count - 1] as number];
  const steepest = Math.max(...slopes.map(Math.abs)) * (1 + 8 * EPSILON);
  const own =
    16 * EPSILON * (Math.max(...ys.map(Math.abs)) + 4 * steepest * Math.max(Math.abs(low), Math.abs(high))) + TINY;
  const size = double(step.size);
  return (columns, row, report) => {
    const argument = of(columns, row, report);
    const reach = bound;
    if (report && !(argument - reach * GROW > low && argument + reach * GROW < high)) return Number.NaN;
    const x = Math.min(Math.max(argument, low), high);
    let left = 0;
    let right = count;
    while (right - left > 1) {
      const middle = (left + right) >> 1;
      if ((xs[middle] as number) <= x) left = middle;
      else right = middle;
    }
    const value = (ys[left] as number) + (x - (xs[left] as number)) * (slopes[left] as number);
    const whole = settle(value, (steepest * reach + own) * GROW);
    bound = 0;
    return scaled(whole, size);
  };
};

const choose =
  (parts: readonly Double[], pick: (a: number, b: number) => number): Double =>
  (columns, row, report) => {
    let best = Number.NaN;
    let worst = 0;
    for (let i = 0; i < parts.length; i += 1) {
      const value = (parts[i] as Double)(columns, row, report);
      best = i === 0 ? value : pick(best, value);
      worst = Math.max(worst, bound);
    }
    bound = worst;
    return best;
  };

const pair = (
  [a, b]: readonly [Term, Term],
  join: (a: number, aError: number, b: number, bError: number) => number,
): Double => {
  const [left, right] = [compileTerm(a), compileTerm(b)];
  return (columns, row, report) => {
    const value = left(columns, row, report);
    const error = bound;
    return join(value, error, right(columns, row, report), bound);
  };
};

const sum = (a: number, aError: number, b: number, bError: number): number => {
  const value = a + b;
  bound = (aError + bError + EPSILON * Math.abs(value)) * GROW;
  return value;
};
const difference = (a: number, aError: number, b: number, bError: number): number => sum(a, aError, -b, bError);

const TERM: { [Kind in Term['kind']]: (term: TermOf<Kind>) => Double } = {
  constant: ({ value }) => {
    const number = double(value);
    const error = constantBound(value, number);
    return () => {
      bound = error;
      return number;
    };
  },
  variable:
    ({ index }) =>
    (columns, row) => {
      const value = (columns[index] as Float64Array)[row] as number;
      bound = EPSILON * Math.abs(value);
      return value;
    },
  convert: ({ of: [of], by }) => {
    const [inner, factor] = [compileTerm(of), double(by)];
    return (columns, row, report) => scaled(inner(columns, row, report), factor);
  },
  power: ({ of: [of], exponent }) => {
    const inner = compileTerm(of);
    return (columns, row, report) => {
      const base = inner(columns, row, report);
      const error = bound;
      // The power 0 of something that has no value has none either.
      let value = Number.isNaN(base) ? base : 1;
      bound = 0;
      for (let i = 0; i < Math.abs(exponent); i += 1) value = product(value, bound, base, error);
      return exponent < 0 ? quotient(1, 0, value, bound) : value;
    };
  },
  round: ({ of: [of], size }) => {
    const [inner, step, steps] = [compileTerm(of), double(size), double(divide({ n: 1n, d: 1n }, size))];
    return (columns, row, report) => {
      const whole = settle(scaled(inner(columns, row, report), steps), bound);
      bound = 0;
      return scaled(whole, step);
    };
  },
  curve: ({ of: [of], curve }) => readCurve(curve, compileTerm(of)),
  negate: ({ of: [of] }) => {
    const inner = compileTerm(of);
    return (columns, row, report) => -inner(columns, row, report);
  },
  absolute: ({ of: [of] }) => {
    const inner = compileTerm(of);
    return (columns, row, report) => Math.abs(inner(columns, row, report));
  },
  add: ({ of }) => pair(of, sum),
  subtract: ({ of }) => pair(of, difference),
  multiply: ({ of }) => pair(of, product),
  divide: ({ of }) => pair(of, quotient),
  minimum: ({ of }) => choose(of.map(compileTerm), Math.min),
  maximum: ({ of }) => choose(of.map(compileTerm), Math.max),
  clamp: ({ of: [of, low, high] }) =>
    choose([choose([of, low].map(compileTerm), Math.max), compileTerm(high)], Math.min),
  if: ({ of: [condition, then, otherwise] }) => {
    const [decide, yes, no] = [compileCondition(condition), compileTerm(then), compileTerm(otherwise)];
    return (columns, row, report) => {
      const answer = decide(columns, row, report);
      if (answer === 1) return yes(columns, row, report);
      return answer === 0 ? no(columns, row, report) : Number.NaN;
    };
  },
};

const firstOf =
  (parts: readonly Truth[], stop: 0 | 1): Truth =>
  (columns, row, report) => {
    for (let i = 0; i < parts.length; i += 1) {
      const answer = (parts[i] as Truth)(columns, row, report);
      if (answer !== 1 - stop) return answer;
    }
    return 1 - stop;
  };

const CONDITION: { [Kind in Condition['kind']]: (condition: ConditionOf<Kind>) => Truth } = {
  compare: ({ of, sign }) => {
    const says = SIGNS[sign];
    return pair(of, (a, aError, b, bError) => {
      const order = a - b;
      const decided = Math.abs(order) > (aError + bError) * GROW || (order === 0 && aError === 0 && bError === 0);
      return decided ? Number(says(order)) : Number.NaN;
    });
  },
  and: ({ of }) => firstOf(of.map(compileCondition), 0),
  or: ({ of }) => firstOf(of.map(compileCondition), 1),
  not: ({ of: [of] }) => {
    const inner = compileCondition(of);
    return (columns, row, report) => 1 - inner(columns, row, report);
  },
};

const compileTerm = (term: Term): Double => (TERM[term.kind] as (term: Term) => Double)(term);
const compileCondition = (condition: Condition): Truth =>
  (CONDITION[condition.kind] as (condition: Condition) => Truth)(condition);

/** `term ÷ size` of a row rounded half-even to an integer, or NaN when doubles cannot tell. */
export function filterSteps(term: Term): (columns: Columns, row: number, size: Ratio, report: boolean) => number {
  // The last conversion and the step are one factor.
  const inner = compileTerm(term.kind === 'convert' ? term.of[0] : term);
  const by = term.kind === 'convert' ? term.by : { n: 1n, d: 1n };
  let last: Ratio | undefined;
  let factor = Number.NaN;
  return (columns, row, size, report) => {
    if (size !== last) {
      last = size;
      factor = double(divide(by, size));
    }
    return settle(scaled(inner(columns, row, report), factor), bound);
  };
}

/** Whether a condition holds in a row: 1, 0, or NaN when doubles cannot tell. */
export const filterCondition = (condition: Condition): ((columns: Columns, row: number, report: boolean) => number) =>
  compileCondition(condition);
