// Whether the ledger still says what it said: hashes, chain, postings and sums are walked again, and every voucher is settled
// again from what was known when it was made. It finds, it does not mend.
import {
  FIRST_SEAL,
  hashSeal,
  hashVoucher,
  type LedgerRecord,
  ledgerRecord,
  linesOf,
  type Mismatch,
  recheckRecord,
} from '../ledger.ts';
import { monthHolding, parseDay } from '../plant.ts';
import { hashInputs, settleShift } from '../statement.ts';
import type { Database, Transaction } from '../store/database.ts';
import { retiredMonths } from '../store/retention.ts';
import { readStandings } from '../store/standings.ts';
import { countUnsealed, listSeals, pageVouchers, postingsOf, type VoucherRow } from '../store/vouchers.ts';
import { Plants } from './plants.ts';
import { Windows } from './window.ts';

export type FindingCode =
  | 'voucher-hash'
  | 'seal-hash'
  | 'seal-chain'
  | 'seal-gap'
  | 'sealed-voucher-missing'
  | 'version-gap'
  | 'postings-differ'
  | 'gain-differs'
  | 'standing-differs'
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

export interface Verified {
  readonly findings: readonly Finding[];
  readonly vouchers: number;
  readonly seals: number;
  readonly unsealed: number;
  /** Settled again from readings, and byte for byte the same. */
  readonly settledAgain: number;
  /** Of months whose readings were retired: only quantities and lines are left to check. */
  readonly fromQuantities: number;
}

export interface VerifyOptions {
  /** Whether to settle again from readings: the slow part. */
  readonly settle?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly onProgress?: (done: number) => void;
}

const FINDINGS_MAX = 1000;

export async function verifyLedger(
  db: Database,
  plantId: number,
  plantName: string,
  { settle = true, from, to, onProgress = () => {} }: VerifyOptions = {},
): Promise<Verified> {
  const findings: Finding[] = [];
  const tell = (code: FindingCode, what: string, expected: unknown, found: unknown): void => {
    if (findings.length < FINDINGS_MAX)
      findings.push({ code, what, expected: String(expected).slice(0, 400), found: String(found).slice(0, 400) });
  };
  const hashes = new Map<number, string>();
  const versions = new Map<string, number>();
  const sums = new Map<string, Map<string, [number, number]>>();
  const latest = new Map<string, VoucherRow>();
  const again: VoucherRow[] = [];
  let after = 0;
  for (;;) {
    const page = await pageVouchers(db, plantId, after, 500);
    if (page.length === 0) break;
    after = page.at(-1)!.voucher;
    const posted = Map.groupBy(
      await postingsOf(
        db,
        plantId,
        page.map(({ voucher }) => voucher),
      ),
      ({ voucher }) => voucher,
    );
    for (const voucher of page) {
      const name = `${voucher.kind} ${voucher.key} v${voucher.version}`;
      const hash = hashVoucher({ ...voucher, plant: plantName });
      if (hash !== voucher.hash) tell('voucher-hash', name, voucher.hash, hash);
      hashes.set(voucher.voucher, voucher.hash);
      const document = `${voucher.kind} ${voucher.key}`;
      const before = versions.get(document) ?? 0;
      if (voucher.version !== before + 1) tell('version-gap', name, before + 1, voucher.version);
      versions.set(document, voucher.version);
      latest.set(document, voucher);
      const sum = sums.get(document) ?? new Map<string, [number, number]>();
      sums.set(document, sum);
      for (const { part, key, fen, crewFen } of posted.get(voucher.voucher) ?? []) {
        const [a, b] = sum.get(`${part} ${key}`) ?? [0, 0];
        sum.set(`${part} ${key}`, [a + fen, b + crewFen]);
      }
      const gain = gainOf(voucher);
      if (gain !== undefined && gain !== (voucher.gainFen ?? null)) tell('gain-differs', name, gain, voucher.gainFen);
      const wanted = wantedLines(voucher);
      if (wanted) comparePostings(name, wanted, sum, tell);
      if (voucher.kind === 'sheet' && (from ?? '') <= voucher.day && voucher.day <= (to ?? '9999')) again.push(voucher);
    }
    onProgress(hashes.size);
  }
  const seals = await walkSeals(db, plantId, hashes, tell);
  for (const one of await readStandings(db, plantId, {})) {
    const voucher = latest.get(`sheet ${one.unit}/${one.day}/${one.shift}`);
    if (!voucher || voucher.voucher !== one.voucher || voucher.gainFen !== one.gainFen)
      tell('standing-differs', `${one.unit}/${one.day}/${one.shift}`, voucher?.voucher, one.voucher);
  }
  let [settledAgain, fromQuantities] = [0, 0];
  if (settle) {
    const retired = new Set(await retiredMonths(db, plantId));
    const settler = new Again(db, plantId);
    for (const voucher of inOrder(again)) {
      if (retired.has(voucher.day.slice(0, 7))) {
        fromQuantities += 1;
        for (const { line, expected, found } of await settler.recheck(voucher))
          tell('quantities-differ', `${voucher.kind} ${voucher.key} v${voucher.version} ${line}`, expected, found);
        continue;
      }
      const told = await settler.settle(voucher);
      settledAgain += 1;
      const name = `${voucher.kind} ${voucher.key} v${voucher.version}`;
      if (!told) tell('record-differs', name, 'a shift', 'none');
      else if (told.record !== voucher.record) tell('record-differs', name, voucher.record, told.record);
      else if (told.inputs !== voucher.inputs) tell('inputs-differ', name, voucher.inputs, told.inputs);
      onProgress(hashes.size + settledAgain);
    }
  }
  const unsealed = await countUnsealed(db, plantId);
  return { findings, vouchers: hashes.size, seals, unsealed, settledAgain, fromQuantities };
}

type Tell = (code: FindingCode, what: string, expected: unknown, found: unknown) => void;

/** The gain that a sheet's record tells; undefined of other documents. */
function gainOf({ kind, record }: VoucherRow): number | null | undefined {
  if (kind !== 'sheet') return undefined;
  try {
    return (JSON.parse(record) as LedgerRecord).counted?.crewGainFen ?? null;
  } catch {
    return undefined;
  }
}

/** What the postings of all versions up to this one must add up to. */
function wantedLines({ kind, record }: VoucherRow): Map<string, [number, number]> | undefined {
  try {
    const parsed = JSON.parse(record) as LedgerRecord & {
      lines?: { part: string; key: string; fen: number; crewFen: number }[];
    };
    const lines = kind === 'sheet' ? linesOf(parsed) : (parsed.lines ?? []);
    const sums = new Map<string, [number, number]>();
    for (const { part, key, fen, crewFen } of lines) {
      const [a, b] = sums.get(`${part} ${key}`) ?? [0, 0];
      sums.set(`${part} ${key}`, [a + fen, b + crewFen]);
    }
    return sums;
  } catch {
    return undefined;
  }
}

function comparePostings(
  name: string,
  wanted: ReadonlyMap<string, readonly [number, number]>,
  sum: ReadonlyMap<string, readonly [number, number]>,
  tell: Tell,
): void {
  for (const key of new Set([...wanted.keys(), ...sum.keys()])) {
    const [a, b] = [wanted.get(key) ?? [0, 0], sum.get(key) ?? [0, 0]];
    if (a[0] !== b[0] || a[1] !== b[1]) tell('postings-differ', `${name} ${key}`, a.join(' / '), b.join(' / '));
  }
}

async function walkSeals(
  db: Database,
  plantId: number,
  hashes: ReadonlyMap<number, string>,
  tell: Tell,
): Promise<number> {
  let [count, previous] = [0, FIRST_SEAL];
  for (;;) {
    const page = await listSeals(db, plantId, count, 200);
    if (page.length === 0) return count;
    for (const { seal, previous: told, vouchers, hash } of page) {
      const name = `seal ${seal}`;
      if (seal !== count + 1) tell('seal-gap', name, count + 1, seal);
      if (told !== previous) tell('seal-chain', name, previous, told);
      for (const voucher of vouchers) if (!hashes.has(voucher)) tell('sealed-voucher-missing', name, voucher, '');
      const own = hashSeal(
        told,
        seal,
        vouchers.map((voucher) => hashes.get(voucher) ?? ''),
      );
      if (own !== hash) tell('seal-hash', name, hash, own);
      previous = hash;
      count = seal;
    }
  }
}

/** By unit and time, so that a window serves many. */
const inOrder = (vouchers: readonly VoucherRow[]): VoucherRow[] =>
  [...vouchers].sort((a, b) =>
    a.unit === b.unit
      ? a.day === b.day
        ? a.asOf - b.asOf
        : a.day < b.day
          ? -1
          : 1
      : (a.unit ?? '') < (b.unit ?? '')
        ? -1
        : 1,
  );

/** Settles vouchers again as of the instants at which they were settled, under the models known then. */
export class Again {
  private readonly db: Database;
  private readonly plantId: number;
  private readonly eras = new Map<string, { plants: Plants; windows: Windows }>();
  private changes: number[] | undefined;

  constructor(db: Database, plantId: number) {
    this.db = db;
    this.plantId = plantId;
  }

  async settle(voucher: VoucherRow): Promise<{ record: string; inputs: string } | undefined> {
    const { day, unit, shift, asOf } = voucher;
    return this.db.transaction(async (tx) => {
      const { plants, windows } = await this.eraOf(tx, asOf);
      const model = plants.on(parseDay(day)!, asOf);
      const group = plants.groups.get(unit ?? '');
      if (!model || group === undefined) return undefined;
      const month = monthHolding(parseDay(day)!, model.plant.monthStartsOn);
      const window = await windows.open(tx, plants, group, month, asOf);
      const books = window.books(model.version, asOf);
      const found = model.plant.units.get(unit ?? '');
      const one = found && books.shiftsOn(found, parseDay(day)!).find(({ code }) => code === shift);
      if (!one) return undefined;
      const sheet = settleShift(books, one);
      return { record: JSON.stringify(ledgerRecord(sheet)), inputs: hashInputs(books, sheet) };
    });
  }

  /** What a voucher whose readings are gone still proves by its quantities. */
  async recheck({ record, day, asOf }: VoucherRow): Promise<Mismatch[]> {
    return this.db.transaction(async (tx) => {
      const { plants } = await this.eraOf(tx, asOf);
      const model = plants.on(parseDay(day)!, asOf);
      return model ? recheckRecord(model.plant, JSON.parse(record) as LedgerRecord, parseDay(day)!, asOf) : [];
    });
  }

  /** Between two changes of models and registers everything is read alike. */
  private async eraOf(tx: Transaction, asOf: number): Promise<{ plants: Plants; windows: Windows }> {
    this.changes ??= (
      await tx.rows<{ at: number }>(
        `select recorded_at as at from model_versions where plant_id = $1
         union select recorded_at from facts where plant_id = $1 and kind = 'replacements.csv' order by at`,
        this.plantId,
      )
    ).map(({ at }) => at);
    const era = String(this.changes.findLast((at) => at <= asOf) ?? 0);
    let known = this.eras.get(era);
    if (!known) {
      known = { plants: new Plants(this.plantId, asOf), windows: new Windows(4_000_000) };
      await known.plants.refresh(tx);
      this.eras.set(era, known);
    }
    return known;
  }
}
