// What a formula is worth, exactly: rational arithmetic throughout, rounded half-even only by ROUND and by curves. This is
// the meaning; filter.ts is only faster.

import {
  add,
  compare,
  divide,
  divideHalfEven,
  maximum,
  minimum,
  multiply,
  negate,
  ONE,
  type Ratio,
  subtract,
} from '../quantity.ts';
import type { Curve } from './scope.ts';
import type { Condition, ConditionOf, Term, TermOf } from './terms.ts';
import type { Sign } from './tree.ts';

/** A curve asked outside its domain answered with its end value. */
export interface Clip {
  readonly curve: string;
  readonly argument: Ratio;
  readonly bound: Ratio;
  readonly side: 'below' | 'above';
}

export interface Inputs {
  readonly values: (variable: number) => Ratio;
  readonly clips?: Clip[] | undefined;
  /** Filled with what was computed, innermost first. */
  readonly trace?: Map<Term | Condition, Ratio | boolean>;
}

/** Thrown by a division by zero, within the formula folder only. */
export class Halted {
  readonly at: number;
  constructor(at: number) {
    this.at = at;
  }
}

/** `value` rounded half-even to a multiple of `size`. */
const roundTo = (value: Ratio, size: Ratio): Ratio =>
  multiply({ n: divideHalfEven(value.n * size.d, value.d * size.n), d: 1n }, size);

/** The segment a curve's argument lies on: the index of its left end. */
const segment = (points: Curve['points'], x: Ratio): number => {
  let [low, high] = [0, points.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (compare((points[middle] as readonly [Ratio, Ratio])[0], x) <= 0) low = middle;
    else high = middle;
  }
  return low;
};

function readCurve({ name, points, step }: Curve, argument: Ratio, clips?: Clip[]): Ratio {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) throw new RangeError(`the curve ${name} has no points`);
  if (compare(argument, first[0]) < 0) clips?.push({ curve: name, argument, bound: first[0], side: 'below' });
  if (compare(argument, last[0]) > 0) clips?.push({ curve: name, argument, bound: last[0], side: 'above' });
  const x = minimum(maximum(argument, first[0]), last[0]);
  const left = segment(points, x);
  const [x0, y0] = points[left] as readonly [Ratio, Ratio];
  const right = points[left + 1];
  if (!right) return roundTo(y0, step.size);
  const slope = divide(subtract(right[1], y0), subtract(right[0], x0));
  return roundTo(add(y0, multiply(slope, subtract(x, x0))), step.size);
}

const power = (base: Ratio, exponent: number, at: number): Ratio => {
  let product = ONE;
  for (let i = 0; i < Math.abs(exponent); i += 1) product = multiply(product, base);
  return exponent < 0 ? quotient(ONE, product, at) : product;
};
const quotient = (a: Ratio, b: Ratio, at: number): Ratio => {
  if (b.n === 0n) throw new Halted(at);
  return divide(a, b);
};

/** What each comparison says of the sign of left − right. */
export const SIGNS: Record<Sign, (order: number) => boolean> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
};

const NUMBER: { [Kind in Term['kind']]: (term: TermOf<Kind>, inputs: Inputs) => Ratio } = {
  constant: ({ value }) => value,
  variable: ({ index }, { values }) => values(index),
  convert: ({ of: [of], by }, inputs) => multiply(evaluate(of, inputs), by),
  power: ({ of: [of], exponent, tree }, inputs) => power(evaluate(of, inputs), exponent, tree.at),
  round: ({ of: [of], size }, inputs) => roundTo(evaluate(of, inputs), size),
  curve: ({ of: [of], curve }, inputs) => readCurve(curve, evaluate(of, inputs), inputs.clips),
  negate: ({ of: [of] }, inputs) => negate(evaluate(of, inputs)),
  absolute: ({ of: [of] }, inputs) => {
    const value = evaluate(of, inputs);
    return value.n < 0n ? negate(value) : value;
  },
  add: ({ of: [a, b] }, inputs) => add(evaluate(a, inputs), evaluate(b, inputs)),
  subtract: ({ of: [a, b] }, inputs) => subtract(evaluate(a, inputs), evaluate(b, inputs)),
  multiply: ({ of: [a, b] }, inputs) => multiply(evaluate(a, inputs), evaluate(b, inputs)),
  divide: ({ of: [a, b], tree }, inputs) => quotient(evaluate(a, inputs), evaluate(b, inputs), tree.at),
  minimum: ({ of }, inputs) => of.map((part) => evaluate(part, inputs)).reduce(minimum),
  maximum: ({ of }, inputs) => of.map((part) => evaluate(part, inputs)).reduce(maximum),
  clamp: ({ of: [of, low, high] }, inputs) =>
    minimum(maximum(evaluate(of, inputs), evaluate(low, inputs)), evaluate(high, inputs)),
  if: ({ of: [condition, then, otherwise] }, inputs) => evaluate(holds(condition, inputs) ? then : otherwise, inputs),
};

const CONDITION: { [Kind in Condition['kind']]: (condition: ConditionOf<Kind>, inputs: Inputs) => boolean } = {
  compare: ({ of: [a, b], sign }, inputs) => SIGNS[sign](compare(evaluate(a, inputs), evaluate(b, inputs))),
  and: ({ of }, inputs) => of.every((part) => holds(part, inputs)),
  or: ({ of }, inputs) => of.some((part) => holds(part, inputs)),
  not: ({ of: [of] }, inputs) => !holds(of, inputs),
};

/** The exact value of a term. IF evaluates the branch it takes only; AND and OR stop at the first answer. Throws Halted. */
export function evaluate(term: Term, inputs: Inputs): Ratio {
  const value = (NUMBER[term.kind] as (term: Term, inputs: Inputs) => Ratio)(term, inputs);
  inputs.trace?.set(term, value);
  return value;
}

/** Whether a condition holds. Throws Halted. */
export function holds(condition: Condition, inputs: Inputs): boolean {
  const answer = (CONDITION[condition.kind] as (condition: Condition, inputs: Inputs) => boolean)(condition, inputs);
  inputs.trace?.set(condition, answer);
  return answer;
}
