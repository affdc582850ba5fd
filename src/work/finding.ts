// What verifying may find.

export type FindingCode =
  | 'voucher-hash'
  | 'seal-hash'
  | 'seal-chain'
  | 'seal-gap'
  | 'sealed-voucher-missing'
  | 'version-gap'
  | 'postings-differ'
  | 'gain-differs'
  | 'company-differs'
  | 'standing-differs'
  | 'entry-differs'
  | 'month-differs'
  | 'ranked-differs'
  | 'cycle-differs'
  | 'record-differs'
  | 'inputs-differ'
  | 'quantities-differ';

export interface Finding {
  readonly code: FindingCode;
  /** The voucher's key and version, or the seal. */
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

export type Tell = (code: FindingCode, what: string, expected: unknown, found: unknown) => void;
