// What keeps settled lines for ever: a voucher a version, each posting its difference to the version before it, each with a
// hash, and a chain of seals over the hashes. Pure: where vouchers are kept, and when they are made, is not known here.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { formatDay } from './plant.ts';
import type { Instant } from './quantity.ts';

export * from './ledger/handover.ts';
export * from './ledger/recheck.ts';

import { type PartRecord, type Posting, type Sheet, type SheetRecord, sheetRecord } from './statement.ts';

/** Where a line stands: in the counted or excluded part of a shift, or beside the chain (price, unaccounted). */
export type LedgerPart = 'counted' | 'excluded' | 'counted-memo' | 'excluded-memo' | 'cycle' | 'company';

export interface LedgerLine {
  readonly part: LedgerPart;
  readonly key: string;
  readonly fen: number;
  /** What of it the crew answers for. */
  readonly crewFen: number;
}

/** A sheet as the ledger keeps it: the record, and what of each counted line is the crew's. */
export interface LedgerRecord extends SheetRecord {
  readonly crewFen: Readonly<Record<string, number>>;
}

export const ledgerRecord = (sheet: Sheet): LedgerRecord => ({
  ...sheetRecord(sheet),
  crewFen: Object.fromEntries(
    (sheet.counted?.lines ?? []).filter(({ crewFen }) => crewFen !== 0).map(({ key, crewFen }) => [key, crewFen]),
  ),
});

/** The lines of a record, noughts left out. */
export function linesOf({ counted, excluded, crewFen }: LedgerRecord): LedgerLine[] {
  const of = (part: 'counted' | 'excluded', record: PartRecord | null): LedgerLine[] => [
    ...Object.entries(record?.lines ?? {}).map(([key, fen]) => ({
      part,
      key,
      fen,
      crewFen: part === 'counted' ? (crewFen[key] ?? 0) : 0,
    })),
    ...Object.entries(record?.memo ?? {}).map(([key, fen]) => ({
      part: `${part}-memo` as const,
      key,
      fen,
      crewFen: 0,
    })),
  ];
  return [...of('counted', counted), ...of('excluded', excluded)].filter(
    ({ fen, crewFen }) => fen !== 0 || crewFen !== 0,
  );
}

/** What must be posted so that `before` becomes `after`, in order of part and key. */
export function differenceOf(before: readonly LedgerLine[], after: readonly LedgerLine[]): LedgerLine[] {
  const sums = new Map<string, LedgerLine>();
  const put = (line: LedgerLine, sign: 1 | -1): void => {
    const id = `${line.part} ${line.key}`;
    const known = sums.get(id);
    sums.set(id, {
      part: line.part,
      key: line.key,
      fen: (known?.fen ?? 0) + sign * line.fen,
      crewFen: (known?.crewFen ?? 0) + sign * line.crewFen,
    });
  };
  for (const line of after) put(line, 1);
  for (const line of before) put(line, -1);
  return [...sums.entries()]
    .filter(([, { fen, crewFen }]) => fen !== 0 || crewFen !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, line]) => line);
}

// ── vouchers ───────────────────────────────────────────────────────────────────────────────────────────────────────

export type VoucherKind = 'sheet' | 'cycle' | 'reconciliation' | 'history';

/** Why there is a version; faces say it in words. */
export type Cause =
  | { readonly kind: 'shift-ended' }
  | { readonly kind: 'cut-off' }
  | { readonly kind: 'readings'; readonly points: readonly string[]; readonly first: Instant; readonly last: Instant }
  | { readonly kind: 'fact'; readonly table: string; readonly id: string }
  | { readonly kind: 'model'; readonly version: number }
  | { readonly kind: 'sheets'; readonly count: number }
  | { readonly kind: 'reconciled'; readonly id: string }
  | { readonly kind: 'approved'; readonly restatement: number };

/** Everything of a voucher that its hash vouches for. */
export interface VoucherContent {
  readonly plant: string;
  readonly kind: VoucherKind;
  readonly key: string;
  readonly version: number;
  readonly state: string;
  readonly asOf: Instant;
  readonly model: number;
  readonly bookedDay: string;
  /** JSON, as kept. */
  readonly causes: string;
  readonly record: string;
  readonly inputs: string;
}

const hexOf = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));

/** SHA-256 over the content, as 64 hexadecimal digits. */
export const hashVoucher = (v: VoucherContent): string =>
  hexOf(
    JSON.stringify([
      'voucher 1',
      v.plant,
      v.kind,
      v.key,
      v.version,
      v.state,
      v.asOf,
      v.model,
      v.bookedDay,
      v.causes,
      v.record,
      v.inputs,
    ]),
  );

export const hashRecord = (record: string): string => hexOf(record);

/** The seal before the first. */
export const FIRST_SEAL = '0'.repeat(64);

/** A seal over the hashes of vouchers in their order, chained to the seal before it. */
export const hashSeal = (previous: string, seal: number, hashes: readonly string[]): string =>
  hexOf(JSON.stringify(['seal 1', previous, seal, hashes]));

export const sheetKey = (unit: string, day: number, shift: string): string => `${unit}/${formatDay(day)}/${shift}`;
export const cycleKey = (unit: string, stream: string, cycle: string): string => `${unit}/${stream}/${cycle}`;

/** The lines of a cycle's postings, a line a shift: what is a cost is less gain. */
export const cycleLines = (
  postings: readonly Posting[],
  answers: 'crew' | 'company',
): (LedgerLine & { posting: Posting })[] =>
  postings.map((posting) => ({
    part: 'cycle',
    key: `periodic.${posting.stream} ${formatDay(posting.forDay)} ${posting.forShift}`,
    fen: -posting.fen,
    crewFen: answers === 'crew' ? -posting.fen : 0,
    posting,
  }));
