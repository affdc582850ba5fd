// Tree → terms: what is computed, typed by unit of measure, with every conversion written out.
//
// A bare literal takes the unit of what it meets in + − comparison MIN MAX CLAMP IF, of a curve's argument, or of the whole
// result; a minus sign and the branches of IF, MIN, MAX and CLAMP hand that unit through. A computed number never takes one.

import {
  compare,
  conversion,
  type Measure,
  multiply,
  ONE,
  PURE,
  perMeasure,
  type Ratio,
  ratio,
  sameDimensions,
  timesMeasure,
} from '../quantity.ts';
import { type Curve, LIMITS, refuse } from './scope.ts';
import { printTree, type Sign, type Tree, type TreeKind, type TreeOf } from './tree.ts';

/**
 * How many inputs' digits the exact numerator and denominator can hold. Inputs count as decimals, which share denominators;
 * without this bound ((x^9)^9)^9… would ask for unbounded work.
 */
interface Growth {
  readonly n: number;
  readonly d: number;
}

/** One member per kind, so that a kind picks its member. */
type Node<Kind extends string, Children extends readonly unknown[]> = Kind extends string
  ? {
      readonly kind: Kind;
      readonly tree: Tree;
      readonly measure: Measure;
      readonly growth: Growth;
      readonly of: Children;
    }
  : never;

export type Term =
  | (Node<'constant', []> & { readonly value: Ratio })
  | (Node<'variable', []> & { readonly index: number })
  | (Node<'convert', readonly [Term]> & { readonly by: Ratio })
  | (Node<'power', readonly [Term]> & { readonly exponent: number })
  | (Node<'round', readonly [Term]> & { readonly size: Ratio })
  | (Node<'curve', readonly [Term]> & { readonly curve: Curve })
  | Node<'negate' | 'absolute', readonly [Term]>
  | Node<'add' | 'subtract' | 'multiply' | 'divide', readonly [Term, Term]>
  | Node<'minimum' | 'maximum', readonly [Term, ...Term[]]>
  | Node<'clamp', readonly [Term, Term, Term]>
  | Node<'if', readonly [Condition, Term, Term]>;

export type Condition =
  | { readonly kind: 'compare'; readonly tree: Tree; readonly sign: Sign; readonly of: readonly [Term, Term] }
  | { readonly kind: 'and'; readonly tree: Tree; readonly of: readonly Condition[] }
  | { readonly kind: 'or'; readonly tree: Tree; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly tree: Tree; readonly of: readonly [Condition] };

export type TermOf<Kind extends Term['kind']> = Extract<Term, { kind: Kind }>;
export type ConditionOf<Kind extends Condition['kind']> = Extract<Condition, { kind: Kind }>;

type Known = ReadonlyMap<string, Measure>;

const term = <Kind extends Term['kind']>(
  kind: Kind,
  tree: Tree,
  measure: Measure,
  growth: Growth,
  of: readonly unknown[],
  own: object = {},
): Term => {
  if (Math.max(growth.n, growth.d) > LIMITS.growth) refuse(tree.at, 'too-costly', { limit: String(LIMITS.growth) });
  return { kind, tree, measure, growth, of, ...own } as unknown as Term;
};

const PLAIN: Growth = { n: 1, d: 0 };
const largest = (terms: readonly Term[]): Growth => ({
  n: Math.max(...terms.map((t) => t.growth.n)),
  d: Math.max(...terms.map((t) => t.growth.d)),
});

/** Whether a tree is nothing but bare literals to choose from, which take the unit of what they meet. */
const bare = (tree: Tree): boolean => {
  if (tree.kind === 'number') return !tree.unit;
  if (tree.kind === 'if') return bare(tree.of[1]) && bare(tree.of[2]);
  return (
    (tree.kind === 'negate' || tree.kind === 'minimum' || tree.kind === 'maximum' || tree.kind === 'clamp') &&
    tree.of.every(bare)
  );
};

/** `t·m/m` is `t`: the known unit that is the same, so that explanations read well. */
const named = (measure: Measure, known: Known): Measure => {
  if (measure.dimensions.size === 0 && compare(measure.factor, ONE) === 0) return PURE;
  if (known.has(measure.text)) return measure;
  for (const other of known.values())
    if (compare(other.factor, measure.factor) === 0 && sameDimensions(other, measure)) return other;
  return measure;
};

const convert = (of: Term, measure: Measure): Term => {
  const by = conversion(of.measure, measure);
  if (compare(by, ONE) === 0) return { ...of, measure };
  if (of.kind === 'constant') return { ...of, measure, value: multiply(of.value, by) };
  return term('convert', of.tree, measure, of.growth, [of], { by });
};

/** Terms of one measure, that of the first which is not bare; `at` is where a mismatch is shown, else at the odd one. */
const alike = (trees: readonly Tree[], want: Measure, known: Known, at?: number): Term[] => {
  const anchor = trees.findIndex((tree) => !bare(tree));
  const first = trees[anchor] && checkNumber(trees[anchor], want, known);
  const measure = first?.measure ?? want;
  return trees.map((tree, index) => {
    const own = first && index === anchor ? first : checkNumber(tree, measure, known);
    if (!sameDimensions(own.measure, measure))
      refuse(at ?? tree.at, 'unit-mismatch', { left: measure.text, right: own.measure.text });
    return convert(own, measure);
  });
};

type Check<Kind extends Tree> = (tree: Kind, want: Measure, known: Known) => Term;

const checkSum: Check<TreeOf<'add' | 'subtract'>> = (tree, _, known) => {
  const of = alike(tree.of, PURE, known, tree.at) as [Term, Term];
  const [a, b] = [of[0].growth, of[1].growth];
  return term(tree.kind, tree, of[0].measure, { n: Math.max(a.n + b.d, b.n + a.d), d: a.d + b.d }, of);
};
const checkChoice: Check<TreeOf<'minimum' | 'maximum' | 'clamp'>> = (tree, want, known) => {
  const of = alike(tree.of, want, known);
  return term(tree.kind, tree, of[0]?.measure ?? want, largest(of), of);
};
const checkSame: Check<TreeOf<'negate' | 'absolute'>> = (tree, want, known) => {
  const of = checkNumber(tree.of[0], tree.kind === 'negate' ? want : PURE, known);
  return term(tree.kind, tree, of.measure, of.growth, [of]);
};
const noNumber = (tree: Tree): never => refuse(tree.at, 'not-a-number', { found: printTree(tree) });

const NUMBER: { [Kind in TreeKind]: Check<TreeOf<Kind>> } = {
  number: (tree, want) => term('constant', tree, tree.unit ?? want, PLAIN, [], { value: tree.value }),
  variable: (tree) => term('variable', tree, tree.measure, PLAIN, [], { index: tree.index }),
  curve: (tree, _, known) => {
    const { curve } = tree;
    const of = checkNumber(tree.of[0], curve.argument, known);
    if (!sameDimensions(of.measure, curve.argument))
      refuse(tree.of[0].at, 'curve-argument', {
        curve: curve.name,
        expected: curve.argument.text,
        found: of.measure.text,
      });
    return term('curve', tree, curve.result, PLAIN, [convert(of, curve.argument)], { curve });
  },
  power: (tree, _, known) => {
    const of = checkNumber(tree.of[0], PURE, known);
    const times = Math.abs(tree.exponent);
    const { n, d } = tree.exponent < 0 ? { n: of.growth.d, d: of.growth.n } : of.growth;
    const join = tree.exponent < 0 ? perMeasure : timesMeasure;
    let measure = PURE;
    for (let i = 0; i < times; i += 1) measure = join(measure, of.measure);
    return term('power', tree, named(measure, known), { n: Math.max(1, n * times), d: d * times }, [of], {
      exponent: tree.exponent,
    });
  },
  add: checkSum,
  subtract: checkSum,
  multiply: (tree, _, known) => {
    const [a, b] = [checkNumber(tree.of[0], PURE, known), checkNumber(tree.of[1], PURE, known)];
    const growth = { n: a.growth.n + b.growth.n, d: a.growth.d + b.growth.d };
    return term('multiply', tree, named(timesMeasure(a.measure, b.measure), known), growth, [a, b]);
  },
  divide: (tree, _, known) => {
    const [a, b] = [checkNumber(tree.of[0], PURE, known), checkNumber(tree.of[1], PURE, known)];
    const growth = { n: a.growth.n + b.growth.d, d: a.growth.d + b.growth.n };
    return term('divide', tree, named(perMeasure(a.measure, b.measure), known), growth, [a, b]);
  },
  negate: checkSame,
  absolute: checkSame,
  round: (tree, _, known) => {
    const of = checkNumber(tree.of[0], PURE, known);
    return term('round', tree, of.measure, { n: of.growth.n, d: 0 }, [of], { size: stepSize(tree.of[1], of.measure) });
  },
  clamp: checkChoice,
  minimum: checkChoice,
  maximum: checkChoice,
  if: (tree, want, known) => {
    const branches = alike([tree.of[1], tree.of[2]], want, known);
    return term('if', tree, branches[0]?.measure ?? want, largest(branches), [
      checkCondition(tree.of[0], known),
      ...branches,
    ]);
  },
  compare: noNumber,
  and: noNumber,
  or: noNumber,
  not: noNumber,
};

/** ROUND's second argument in the rounded measure: a step with a unit, a fraction as a step, a whole number as places. */
const stepSize = (tree: Tree, measure: Measure): Ratio => {
  const bad = (): never => refuse(tree.at, 'rounding-step', { found: printTree(tree) });
  if (tree.kind !== 'number') return bad();
  const { value, unit } = tree;
  if (!unit && value.d === 1n) return value.n <= BigInt(LIMITS.places) ? ratio(1n, 10n ** value.n) : bad();
  if (value.n === 0n) return bad();
  if (!unit) return value;
  if (!sameDimensions(unit, measure)) refuse(tree.at, 'unit-mismatch', { left: measure.text, right: unit.text });
  return multiply(value, conversion(unit, measure));
};

/** The term of a numeric tree; bare literals that nothing else decides take `want`. Throws Refused. */
export function checkNumber(tree: Tree, want: Measure, known: Known): Term {
  return (NUMBER[tree.kind] as (tree: Tree, want: Measure, known: Known) => Term)(tree, want, known);
}

/** The condition of a tree. Throws Refused. */
export function checkCondition(tree: Tree, known: Known): Condition {
  if (tree.kind === 'compare')
    return { kind: tree.kind, tree, sign: tree.sign, of: alike(tree.of, PURE, known, tree.at) as [Term, Term] };
  if (tree.kind === 'and' || tree.kind === 'or' || tree.kind === 'not')
    return { kind: tree.kind, tree, of: tree.of.map((part) => checkCondition(part, known)) } as unknown as Condition;
  return refuse(tree.at, 'not-a-condition', { found: printTree(tree) });
}

/** The term of a whole formula, converted to the measure expected of it. Throws Refused. */
export function checkResult(tree: Tree, expected: Measure, known: Known, at: number): Term {
  const result = checkNumber(tree, expected, known);
  if (!sameDimensions(result.measure, expected))
    refuse(at, 'expected-measure', { expected: expected.text, found: result.measure.text });
  return convert(result, expected);
}
