// What a language must have words for: every code a typed value can carry, in groups. A missing one is a type error.
// A group that comes later (notices, explanations, headings) is one more key here and in both languages.
import type { ErrorCode, Failure } from '../formula.ts';
import type { ProblemCode } from '../plant.ts';
import type { FileWords } from './files.ts';
import type { HttpWords } from './http.ts';
import type { LedgerWords } from './ledger.ts';
import type { ServiceWords } from './service.ts';
import type { ShiftWords } from './shift.ts';
import type { StoreWords } from './store.ts';

export type Language = 'zh' | 'en';

/**
 * What happened, and what to do. `{slot}` is an argument of the code; a part in double brackets, `[[是不是 {nearest}？]]`,
 * is said only when all of its slots have something in them.
 */
export type Saying = readonly [happened: string, cure: string];

export interface Words {
  /** Mistakes and suspicions in a plant's text, its tables and its readings. */
  readonly problem: Readonly<Record<ProblemCode, Saying>>;
  /** Mistakes in a formula. */
  readonly formula: Readonly<Record<ErrorCode, Saying>>;
  /** Why a formula has no value for some inputs. */
  readonly failure: Readonly<Record<Failure['failure'], Saying>>;
  /** The frame of a problem: place, severity, cure. */
  readonly frame: Readonly<
    Record<'error' | 'warning' | 'cure' | 'inFormula' | 'found' | 'readings' | 'readingsWait', string>
  >;
  /** What a shift's account and a board say. */
  readonly shift: ShiftWords;
  /** Why there is a version of a voucher. */
  readonly ledger: LedgerWords;
  /** What the service says of itself. */
  readonly service: ServiceWords;
  /** Why the database does not open, and what it does meanwhile. */
  readonly store: StoreWords;
  /** How the service refuses, and its own pages. */
  readonly http: HttpWords;
  /** What is wrong with files that came back. */
  readonly files: FileWords;
  /** Why a command was not run as it was typed. */
  readonly refusal: Readonly<Record<Refusal, Saying>>;
  /** Words of the plant format that appear as arguments: kinds of things, and what a value should look like. */
  readonly noun: Readonly<Record<Noun, string>>;
}

export type Refusal =
  | 'no-such-shift'
  | 'bad-value'
  | 'missing-option'
  | 'options-clash'
  | 'no-such-days'
  | 'folder-not-empty'
  | 'cannot-write'
  | 'no-such-command'
  | 'no-such-option'
  | 'option-without-value'
  | 'option-with-value'
  | 'option-choice'
  | 'missing-operand'
  | 'extra-operand';

/** Arguments that are said as words of the language; any other argument is said as it was typed. */
export type Noun = (typeof NOUNS)[number];
// biome-ignore format: one line a family
export const NOUNS = [
  'day',
  'sheet',
  'file',
  'item',
  'exclusion',
  'table',
  'point', 'unit', 'flow', 'clock', 'rotation', 'organisation', 'tariff', 'output', 'condition', 'driver', 'crew',
  'fee', 'stream', 'shift', 'band', 'source', 'column',
  'counter', 'rate', 'level', 'batch', 'figure', 'sample', 'share', 'formula',
  'plan', 'transfer', 'actual',
  'person', 'session', 'token', 'device', 'grant',
  'quote', 'cells', 'long',
  'ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EEXIST', 'EROFS',
] as const;
