// The words of files that come back: why a file, a row or a cell was not taken, and what a reader of the answer should know. The
// codes stand here, where both languages and whoever refuses see them.
import type { Saying } from './words.ts';

/** Why a file as a whole is not read. */
export type FileFault =
  | 'empty-file'
  | 'old-xls'
  | 'locked-workbook'
  | 'not-a-workbook'
  | 'damaged-workbook'
  | 'workbook-too-large'
  | 'bad-text';

/** What is wrong with a table, a row or a cell beside what the plant's own reader tells; notices among them. */
export type CellFault =
  | 'no-heading'
  | 'missing-heading'
  | 'unknown-heading'
  | 'no-rows'
  | 'empty-cell'
  | 'cell-error'
  | 'formula-without-value'
  | 'formula-value'
  | 'not-in-list'
  | 'twice'
  | 'not-yours'
  | 'no-such-person'
  | 'name-differs'
  | 'bad-hours'
  | 'bad-period'
  | 'no-such-figure'
  | 'figure-twice'
  | 'from-day-needed';

export interface FileWords {
  readonly file: Readonly<Record<FileFault, Saying>>;
  readonly cell: Readonly<Record<CellFault, Saying>>;
  readonly report: Readonly<Record<ReportWord, string>>;
}

/** Headings of the report that sends refused rows back. */
export type ReportWord = 'refused' | 'row' | 'reason' | 'cure' | 'nothing';
