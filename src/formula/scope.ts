// What a formula may speak of, and how it is refused: names, curves and units of measure from outside; codes with arguments
// to the outside. No sentence stands here; words.md and the words files have them.

import type { Measure, Ratio, Step } from '../quantity.ts';

/** A named curve: linear between its points, held at its end values outside them, its result rounded half-even to `step`. */
export interface Curve {
  /** Its key in the scope. */
  readonly name: string;
  readonly argument: Measure;
  readonly result: Measure;
  /** At least one point, the arguments strictly rising. */
  readonly points: readonly (readonly [Ratio, Ratio])[];
  readonly step: Step;
}

export interface Scope {
  readonly variables: ReadonlyMap<string, Measure>;
  /** Names that exist but must not be read here, with the code of the reason. */
  readonly refused?: ReadonlyMap<string, string>;
  readonly curves: ReadonlyMap<string, Curve>;
  readonly measures: ReadonlyMap<string, Measure>;
}

/** What bounds the work a formula can ask for. `growth`: how many input numbers' digits an exact intermediate may hold. */
export const LIMITS = { characters: 10_000, depth: 200, parts: 2_000, exponent: 9, places: 12, growth: 64 };

export interface ErrorArguments {
  'too-long': { length: string; limit: string };
  'too-deep': { limit: string };
  'too-many-parts': { limit: string };
  'too-costly': { limit: string };
  empty: Record<never, string>;
  unexpected: { found: string };
  'unexpected-end': Record<never, string>;
  unclosed: { bracket: string };
  'missing-operator': { before: string };
  'bad-number': { number: string };
  'unknown-unit': { unit: string; nearest?: string };
  'unknown-name': { name: string; nearest?: string };
  'unknown-function': { name: string; nearest?: string };
  'not-allowed-name': { name: string; reason: string };
  'argument-count': { function: string; wanted: string; found: string };
  'ambiguous-minus': Record<never, string>;
  'chained-comparison': Record<never, string>;
  'unit-power': { literal: string };
  exponent: { limit: string };
  'rounding-step': { found: string };
  'unit-mismatch': { left: string; right: string };
  'curve-argument': { curve: string; expected: string; found: string };
  'expected-measure': { expected: string; found: string };
  'not-a-number': { found: string };
  'not-a-condition': { found: string };
}

export type ErrorCode = keyof ErrorArguments;

/** Why a text is not a formula here, and where: line and column count from 1, columns in characters. */
export type FormulaError = {
  [Code in ErrorCode]: {
    readonly code: Code;
    readonly line: number;
    readonly column: number;
    readonly args: ErrorArguments[Code];
  };
}[ErrorCode];

/** Thrown inside the formula folder only; `compileFormula` turns it into a FormulaError. */
export class Refused {
  readonly at: number;
  readonly code: ErrorCode;
  readonly args: Record<string, string>;
  constructor(at: number, code: ErrorCode, args: Record<string, string>) {
    this.at = at;
    this.code = code;
    this.args = args;
  }
}

const ARGUMENT_LENGTH = 60;

/** Long arguments are cut, so that no error is longer than a sentence. */
export function refuse<Code extends ErrorCode>(at: number, code: Code, args: ErrorArguments[Code]): never {
  const short = Object.entries(args as Record<string, string>).map(([name, text]) => [
    name,
    text.length > ARGUMENT_LENGTH ? `${text.slice(0, ARGUMENT_LENGTH)}…` : text,
  ]);
  throw new Refused(at, code, Object.fromEntries(short) as Record<string, string>);
}

/** Line and column, from 1, of the offset `at`. */
export function locate(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: [...(before.at(-1) ?? '')].length + 1 };
}

const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
};

/** The known name most like `name`, as an optional error argument; nothing when none is near. */
export function nearest(name: string, known: Iterable<string>): { nearest?: string } {
  if (name.length > 40) return {};
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const other of known) {
    const edits =
      Math.abs(other.length - name.length) < least ? distance(name.toLowerCase(), other.toLowerCase()) : least;
    if (edits < least) [best, least] = [other, edits];
  }
  return best === undefined ? {} : { nearest: best };
}
