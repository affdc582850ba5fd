// What is wrong with a plant's text, as values: a code with arguments and a place. The faces turn it into sentences.
import { nearestName } from '../formula.ts';

/** Every mistake and every suspicion that reading a plant and its readings can report; `words` has a sentence and a cure for each. */
export type ProblemCode =
  | 'yaml-syntax'
  | 'duplicate-id'
  | 'unknown-section'
  | 'unknown-key'
  | 'missing-key'
  | 'wrong-shape'
  | 'bad-id'
  | 'bad-decimal'
  | 'bad-step'
  | 'bad-quantity'
  | 'bad-duration'
  | 'bad-percent'
  | 'bad-day'
  | 'bad-time-of-day'
  | 'bad-zone'
  | 'bad-instant'
  | 'ambiguous-instant'
  | 'unknown-measure'
  | 'wrong-measure'
  | 'unknown-reference'
  | 'cycle'
  | 'bad-formula'
  | 'curve-order'
  | 'rollover-rate'
  | 'rollover-odd'
  | 'share-kind'
  | 'too-fine'
  | 'out-of-range'
  | 'bad-choice'
  | 'empty-interval'
  | 'no-rows'
  | 'missing-column'
  | 'duplicate-column'
  | 'torn-row'
  | 'bad-month'
  | 'shift-overlap'
  | 'shift-hole'
  | 'rotation-letter'
  | 'rotation-hole'
  | 'rotation-twice'
  | 'no-load'
  | 'no-price'
  | 'price-never-starts'
  | 'no-answerer'
  | 'crew-decides'
  | 'unequal-budgets'
  | 'unequal-standards'
  | 'no-standard'
  | 'no-budget'
  | 'mixed-measures'
  | 'shared-output'
  | 'unused-point'
  | 'team-overlap'
  | 'odd-figure'
  | 'unapproved-exclusion'
  | 'sample-reading'
  | 'derived-reading'
  | 'face-out-of-range'
  | 'time-out-of-range'
  | 'skipped-instant'
  | 'more-of-a-kind'
  | 'bad-encoding'
  | 'no-such-file'
  | 'no-plant-text'
  | 'unread-file'
  | 'unknown-table'
  | 'no-rows-chosen'
  | 'repeated-header'
  | 'sloped-mean';

export interface Problem {
  readonly code: ProblemCode;
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** 1-based; 0 when the file as a whole is meant. */
  readonly line: number;
  readonly column: number;
  readonly args: Readonly<Record<string, string>>;
}

/** Where a problem stands. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A list that grows while a plant is read; reading goes on after a mistake so that all of them are told at once. */
export class Problems {
  readonly list: Problem[] = [];

  error(code: ProblemCode, place: Place, args: Record<string, string> = {}): undefined {
    this.list.push({ code, severity: 'error', ...place, args });
    return undefined;
  }

  warn(code: ProblemCode, place: Place, args: Record<string, string> = {}): undefined {
    this.list.push({ code, severity: 'warning', ...place, args });
    return undefined;
  }

  get failed(): boolean {
    return this.list.some((p) => p.severity === 'error');
  }
}

/** The known word nearest to a mistyped one, if one is near. */
export const nearest = (word: string, known: Iterable<string>): string | undefined => nearestName(word, known).nearest;
