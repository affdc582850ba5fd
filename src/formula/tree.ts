// A formula as it was written, and its canonical text. The tree knows names and literals, not what they mean together.

import { decimalPlaces, formatRatio, type Measure, type Ratio } from '../quantity.ts';
import type { Curve } from './scope.ts';

export type Sign = '<' | '<=' | '>' | '>=' | '=' | '<>';

/** One member per kind, so that a kind picks its member. `at`: offset of the operator, else of the first character. */
type Node<Kind extends string, Children extends readonly Tree[]> = Kind extends string
  ? { readonly kind: Kind; readonly at: number; readonly of: Children }
  : never;

export type Tree =
  | (Node<'number', []> & { readonly value: Ratio; readonly unit?: Measure })
  | (Node<'variable', []> & { readonly name: string; readonly index: number; readonly measure: Measure })
  | (Node<'curve', readonly [Tree]> & { readonly curve: Curve })
  | (Node<'power', readonly [Tree]> & { readonly exponent: number })
  | (Node<'compare', readonly [Tree, Tree]> & { readonly sign: Sign })
  | Node<'add' | 'subtract' | 'multiply' | 'divide', readonly [Tree, Tree]>
  | Node<'negate' | 'absolute' | 'not', readonly [Tree]>
  | Node<'round', readonly [Tree, Tree]>
  | Node<'if' | 'clamp', readonly [Tree, Tree, Tree]>
  | Node<'and' | 'or' | 'minimum' | 'maximum', readonly [Tree, ...Tree[]]>;

export type TreeKind = Tree['kind'];
export type TreeOf<Kind extends TreeKind> = Extract<Tree, { kind: Kind }>;

/** The functions of the language: name → kind and how many arguments, at least and at most. */
export const FUNCTIONS: ReadonlyMap<string, { kind: TreeKind; least: number; most: number }> = new Map([
  ['IF', { kind: 'if', least: 3, most: 3 }],
  ['MIN', { kind: 'minimum', least: 1, most: Infinity }],
  ['MAX', { kind: 'maximum', least: 1, most: Infinity }],
  ['ROUND', { kind: 'round', least: 2, most: 2 }],
  ['CLAMP', { kind: 'clamp', least: 3, most: 3 }],
  ['ABS', { kind: 'absolute', least: 1, most: 1 }],
  ['AND', { kind: 'and', least: 1, most: Infinity }],
  ['OR', { kind: 'or', least: 1, most: Infinity }],
  ['NOT', { kind: 'not', least: 1, most: 1 }],
]);

export const NAME = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy;
const PLAIN = new RegExp(`^${NAME.source}$`, 'u');

const printName = (name: string): string =>
  PLAIN.test(name) && !FUNCTIONS.has(name.toUpperCase()) ? name : `[${name}]`;
const printCall = (name: string, of: readonly Tree[]): string => `${name}(${of.map(printTree).join(', ')})`;

// How tightly a printed node holds together; a number with its unit is no base of a power without brackets.
const [COMPARE, ADD, MULTIPLY, NEGATE, POWER, MEASURED, ATOM] = [1, 2, 3, 4, 5, 6, 7];
const hold = (tree: Tree): number => {
  if (tree.kind === 'number' && tree.unit) return MEASURED;
  return (
    { compare: COMPARE, add: ADD, subtract: ADD, multiply: MULTIPLY, divide: MULTIPLY, negate: NEGATE, power: POWER }[
      tree.kind as string
    ] ?? ATOM
  );
};
const bracket = (tree: Tree, free: boolean): string => (free ? printTree(tree) : `(${printTree(tree)})`);
const infix = (sign: string) => (tree: { of: readonly [Tree, Tree] } & Tree) => {
  const [left, right] = tree.of;
  const own = hold(tree);
  return `${bracket(left, hold(left) >= own + (own === COMPARE ? 1 : 0))} ${sign} ${bracket(right, hold(right) > own)}`;
};

const PRINT: { [Kind in TreeKind]: (tree: TreeOf<Kind>) => string } = {
  number: ({ value, unit }) => formatRatio(value, decimalPlaces(value) ?? 0) + (unit ? ` ${unit.text}` : ''),
  variable: ({ name }) => printName(name),
  curve: ({ curve, of }) => printCall(printName(curve.name), of),
  power: ({ of: [base], exponent }) => `${bracket(base, hold(base) === ATOM)}^${exponent}`,
  compare: (tree) => infix(tree.sign)(tree),
  add: infix('+'),
  subtract: infix('-'),
  multiply: infix('*'),
  divide: infix('/'),
  negate: ({ of: [of] }) => `-${bracket(of, hold(of) >= NEGATE && hold(of) !== POWER)}`,
  absolute: ({ of }) => printCall('ABS', of),
  not: ({ of }) => printCall('NOT', of),
  round: ({ of }) => printCall('ROUND', of),
  if: ({ of }) => printCall('IF', of),
  clamp: ({ of }) => printCall('CLAMP', of),
  and: ({ of }) => printCall('AND', of),
  or: ({ of }) => printCall('OR', of),
  minimum: ({ of }) => printCall('MIN', of),
  maximum: ({ of }) => printCall('MAX', of),
};

/** The canonical text: it parses to the same tree in the same scope. */
export function printTree(tree: Tree): string {
  return (PRINT[tree.kind] as (tree: Tree) => string)(tree);
}
