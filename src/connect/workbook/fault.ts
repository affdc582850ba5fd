// Why a file as a whole is not read. Thrown inside this folder and turned into a value at its door, src/connect/workbook.ts.

export type WorkbookFault =
  | 'empty-file'
  | 'old-xls'
  | 'locked-workbook'
  | 'not-a-workbook'
  | 'damaged-workbook'
  | 'workbook-too-large'
  | 'bad-text';

export class Unreadable extends Error {
  readonly fault: WorkbookFault;
  readonly args: Readonly<Record<string, string>>;

  constructor(fault: WorkbookFault, args: Readonly<Record<string, string>> = {}) {
    super(fault);
    this.fault = fault;
    this.args = args;
  }
}

/** What a workbook may hold at most; beyond it a file is refused whole, before it fills the memory. */
export interface Limits {
  /** Of all parts that are read, inflated. */
  readonly bytesMax: number;
  /** Of all sheets. Empty cells, and rows of nothing but formats, do not count. */
  readonly cellsMax: number;
}

export const LIMITS: Limits = { bytesMax: 64 << 20, cellsMax: 1_000_000 };
