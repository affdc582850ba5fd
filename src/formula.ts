// The formula language of standards, derived streams, scores, conditions and indicators: `IF(temp > 20 degC, 0.31 + bend(load), 0)`.
// Typed by unit of measure, total and pure; a text compiles to a formula or to one error with its line and column.
//
//   literals    0.31, 20 degC, 28.5 t/m, 40 %      a unit directly after a literal is its unit (formula/parse.ts has the rule);
//               a bare literal takes the unit of what it meets or of the whole result (formula/terms.ts)
//   operators   + − * / ^ (whole exponents), < <= > >= = <>, AND, OR; also × ÷ ≤ ≥ ≠ and full-width forms
//   functions   IF MIN MAX ROUND CLAMP ABS AND OR NOT, and curves by name; upper or lower case
//   names       of letters, digits and _ in any script; in brackets with anything else: [FQ-3001]
//
// It deliberately has no loops, texts, dates or own functions. It knows no sentences: errors are codes with arguments.
//
// text → parse.ts → tree.ts → terms.ts → exact.ts (what it means) and filter.ts (the same in doubles, or no answer)

import { type Clip, evaluate, Halted, holds, type Inputs } from './formula/exact.ts';
import { type Columns, filterCondition, filterSteps } from './formula/filter.ts';
import { parse } from './formula/parse.ts';
import { type FormulaError, locate, Refused, type Scope } from './formula/scope.ts';
import { type Condition, checkCondition, checkResult, type Term } from './formula/terms.ts';
import { printTree, type Tree } from './formula/tree.ts';
import { divideHalfEven, type Measure, type Ratio, type Step } from './quantity.ts';

export type { Clip } from './formula/exact.ts';
export type { Columns } from './formula/filter.ts';
export {
  type Curve,
  type ErrorArguments,
  type ErrorCode,
  type FormulaError,
  LIMITS,
  nearest as nearestName,
  type Scope,
} from './formula/scope.ts';
export type { Tree } from './formula/tree.ts';

/** Why a formula has no value for these inputs. */
export interface Failure {
  readonly failure: 'division-by-zero' | 'beyond-range';
  readonly line: number;
  readonly column: number;
}

export const failed = <Value>(result: Value | Failure): result is Failure =>
  typeof result === 'object' && result !== null && 'failure' in result;

/** A part of a formula and its value; a condition's measure is `'condition'`. */
export interface Part {
  readonly print: string;
  readonly value: Ratio | boolean;
  readonly measure: Measure | 'condition';
}

/** One step of an explanation: `bend(load)` of kind curve, from its operands (as converted for it) to its value. */
export interface Explained extends Part {
  readonly kind: Term['kind'] | Condition['kind'];
  readonly operands: readonly Part[];
}

export type Values = (variable: number) => Ratio;
export type RowValues = (variable: number, row: number) => Ratio;

interface Compiled {
  readonly tree: Tree;
  /** Variables in order of first appearance, which is the order of columns. */
  readonly reads: readonly string[];
  /** The canonical text: it compiles to the same tree in the same scope. */
  print(): string;
  /** The steps that were taken, innermost first; they end before a division by zero. */
  explain(values: Values): Explained[];
}

export interface Formula extends Compiled {
  readonly measure: Measure;
  /** The exact value in `measure`. A curve asked outside its domain adds to `clips`. */
  exact(values: Values, clips?: Clip[]): Ratio | Failure;
  /**
   * `exact` in whole `step`s, rounded half-even, beyond-range from 2^53: in doubles where their error bound decides, else exact.
   * `columns[i][row]` is the double nearest to `exactValue(i, row)`.
   */
  steps(columns: Columns, row: number, step: Step, exactValue: RowValues, clips?: Clip[]): number | Failure;
}

export interface ConditionFormula extends Compiled {
  readonly measure: 'condition';
  exact(values: Values, clips?: Clip[]): boolean | Failure;
  /** The same for a row of columns, as `steps` does it. */
  holds(columns: Columns, row: number, exactValue: RowValues, clips?: Clip[]): boolean | Failure;
}

export type Compilation<Kind> =
  | { readonly ok: true; readonly formula: Kind }
  | { readonly ok: false; readonly error: FormulaError };

/** A formula from its text: a number in the measure expected of it, or a condition. */
export function compileFormula(text: string, expected: Measure, scope: Scope): Compilation<Formula>;
export function compileFormula(text: string, expected: 'condition', scope: Scope): Compilation<ConditionFormula>;
export function compileFormula(
  text: string,
  expected: Measure | 'condition',
  scope: Scope,
): Compilation<Formula | ConditionFormula> {
  try {
    const { tree, reads } = parse(text, scope);
    const common = { tree, reads, print: () => printTree(tree) };
    if (expected === 'condition')
      return { ok: true, formula: { ...common, ...conditionOf(checkCondition(tree, scope.measures), text) } };
    const start = text.search(/\S/);
    return { ok: true, formula: { ...common, ...numberOf(checkResult(tree, expected, scope.measures, start), text) } };
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    const { code, args, at } = refused;
    return { ok: false, error: { code, ...locate(text, at), args } as FormulaError };
  }
}

type Own<Kind> = Omit<Kind, 'tree' | 'reads' | 'print'>;

/** What `work` gives, or the failure that stopped it. */
function attempt<Value>(text: string, work: () => Value): Value | Failure {
  try {
    return work();
  } catch (halted) {
    if (!(halted instanceof Halted)) throw halted;
    return { failure: 'division-by-zero', ...locate(text, halted.at) };
  }
}

function numberOf(term: Term, text: string): Own<Formula> {
  const filter = filterSteps(term);
  const exact: Formula['exact'] = (values, clips) => attempt(text, () => evaluate(term, { values, clips }));
  const exactSteps = (values: Values, { size }: Step, clips?: Clip[]): number | Failure => {
    const value = exact(values, clips);
    if (failed(value)) return value;
    const count = Number(divideHalfEven(value.n * size.d, value.d * size.n));
    return Number.isSafeInteger(count) ? count : { failure: 'beyond-range', ...locate(text, text.search(/\S/)) };
  };
  return {
    measure: term.measure,
    exact,
    steps: (columns, row, step, exactValue, clips) => {
      const count = filter(columns, row, step.size, clips !== undefined);
      return Number.isNaN(count) ? exactSteps((variable) => exactValue(variable, row), step, clips) : count;
    },
    explain: (values) => explain(text, term, (inputs) => evaluate(term, inputs), values),
  };
}

function conditionOf(condition: Condition, text: string): Own<ConditionFormula> {
  const filter = filterCondition(condition);
  const exact: ConditionFormula['exact'] = (values, clips) => attempt(text, () => holds(condition, { values, clips }));
  return {
    measure: 'condition',
    exact,
    holds: (columns, row, exactValue, clips) => {
      const answer = filter(columns, row, clips !== undefined);
      return Number.isNaN(answer) ? exact((variable) => exactValue(variable, row), clips) : answer === 1;
    },
    explain: (values) => explain(text, condition, (inputs) => holds(condition, inputs), values),
  };
}

function explain(text: string, root: Term | Condition, work: (inputs: Inputs) => unknown, values: Values): Explained[] {
  const trace = new Map<Term | Condition, Ratio | boolean>();
  attempt(text, () => work({ values, trace }));
  const part = (node: Term | Condition): Part => ({
    print: printTree(node.tree),
    value: trace.get(node) ?? false,
    measure: 'measure' in node ? node.measure : 'condition',
  });
  const steps: Explained[] = [];
  for (const node of trace.keys()) {
    const leaf = node.kind === 'constant' || node.kind === 'variable' || node.kind === 'convert';
    if (leaf && node !== root) continue;
    // The conversion of the whole result belongs to the last step.
    if (node.kind === 'convert' && node === root && steps.length > 0)
      steps.push({ ...(steps.pop() as Explained), ...part(node) });
    else
      steps.push({ ...part(node), kind: node.kind, operands: node.of.filter((child) => trace.has(child)).map(part) });
  }
  return steps;
}
