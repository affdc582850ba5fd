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
import { type PackedSheet, packSheet } from '../ranking.ts';
import { hashInputs, settleShift } from '../statement.ts';
import type { Database, Queryable, Transaction } from '../store/database.ts';
import { retiredMonths } from '../store/retention.ts';
import {
  countUnsealed,
  listSeals,
  pageVouchers,
  postingsOf,
  type VoucherRow,
  vouchersWhole,
} from '../store/vouchers.ts';
import { cyclePostings, cycleRecords } from './cycles.ts';
import { canonical, Derived } from './derived.ts';
import type { Finding, FindingCode, Tell } from './finding.ts';
import { Plants } from './plants.ts';
import { Windows } from './window.ts';

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
const PAGE = 200;

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
  const { again, cycles, vouchers, seals, unsealed } = await db.snapshot((tx) =>
    walk(tx, plantId, plantName, (day) => (from ?? '') <= day && day <= (to ?? '9999'), tell, onProgress),
  );
  let [settledAgain, fromQuantities] = [0, 0];
  if (settle) {
    const retired = new Set(await retiredMonths(db, plantId));
    const settler = new Again(db, plantId);
    const order = inOrder(again).map(({ voucher }) => voucher);
    for (let first = 0; first < order.length; first += PAGE)
      for (const voucher of await vouchersWhole(db, plantId, order.slice(first, first + PAGE))) {
        if (retired.has(voucher.day.slice(0, 7))) {
          fromQuantities += 1;
          await fromWhatIsLeft(settler, voucher, tell);
        } else {
          settledAgain += 1;
          await fromReadings(settler, voucher, tell);
        }
        onProgress(vouchers + settledAgain);
      }
    for (const voucher of cycles) {
      if (retired.has(voucher.day.slice(0, 7))) continue;
      const told = await settler.cycle(voucher);
      if (told !== undefined && told !== voucher.record) tell('cycle-differs', nameOf(voucher), voucher.record, told);
    }
  }
  return { findings, vouchers, seals, unsealed, settledAgain, fromQuantities };
}

const nameOf = ({ kind, key, version }: Pick<VoucherRow, 'kind' | 'key' | 'version'>): string =>
  `${kind} ${key} v${version}`;

async function fromWhatIsLeft(settler: Again, voucher: VoucherRow, tell: Tell): Promise<void> {
  for (const { line, expected, found } of await settler.recheck(voucher))
    tell('quantities-differ', `${nameOf(voucher)} ${line}`, expected, found);
}

async function fromReadings(
  settler: Again,
  voucher: VoucherRow & { readonly ranked: PackedSheet | undefined },
  tell: Tell,
): Promise<void> {
  const told = await settler.settle(voucher);
  const ranked = canonical(voucher.ranked);
  if (!told) tell('record-differs', nameOf(voucher), 'a shift', 'none');
  else if (told.record !== voucher.record) tell('record-differs', nameOf(voucher), voucher.record, told.record);
  else if (told.inputs !== voucher.inputs) tell('inputs-differ', nameOf(voucher), voucher.inputs, told.inputs);
  else if (told.ranked !== ranked) tell('ranked-differs', nameOf(voucher), told.ranked, ranked);
}

interface Walked {
  readonly vouchers: number;
  readonly seals: number;
  readonly unsealed: number;
  /** Sheets of the days asked for. */
  readonly again: readonly Asked[];
  /** The latest version of each cycle. */
  readonly cycles: readonly VoucherRow[];
}

/** Of a voucher that is to be settled again; the rest is read when it comes to it. */
type Asked = Pick<VoucherRow, 'voucher' | 'unit' | 'day' | 'asOf'>;
const askedOf = ({ voucher, unit, day, asOf }: VoucherRow): Asked => ({ voucher, unit, day, asOf });

/** Everything that is kept, as it is at one moment: whoever posts meanwhile is not in the way. */
async function walk(
  tx: Transaction,
  plantId: number,
  plantName: string,
  asked: (day: string) => boolean,
  tell: Tell,
  onProgress: (done: number) => void,
): Promise<Walked> {
  const hashes = new Map<number, string>();
  const versions = new Map<string, number>();
  const sums = new Map<string, Map<string, [number, number]>>();
  const cycles = new Map<string, VoucherRow>();
  const again: Asked[] = [];
  const derived = new Derived(plantId);
  let after = 0;
  for (;;) {
    const page = await pageVouchers(tx, plantId, after, 500);
    if (page.length === 0) break;
    after = page.at(-1)!.voucher;
    const posted = Map.groupBy(
      await postingsOf(
        tx,
        plantId,
        page.map(({ voucher }) => voucher),
      ),
      ({ voucher }) => voucher,
    );
    for (const voucher of page) {
      const name = nameOf(voucher);
      const hash = hashVoucher({ ...voucher, plant: plantName });
      if (hash !== voucher.hash) tell('voucher-hash', name, voucher.hash, hash);
      hashes.set(voucher.voucher, voucher.hash);
      const document = `${voucher.kind} ${voucher.key}`;
      const before = versions.get(document) ?? 0;
      if (voucher.version !== before + 1) tell('version-gap', name, before + 1, voucher.version);
      versions.set(document, voucher.version);
      if (voucher.kind === 'cycle') cycles.set(document, voucher);
      const sum = sums.get(document) ?? new Map<string, [number, number]>();
      sums.set(document, sum);
      for (const { part, key, fen, crewFen } of posted.get(voucher.voucher) ?? []) {
        const [a, b] = sum.get(`${part} ${key}`) ?? [0, 0];
        sum.set(`${part} ${key}`, [a + fen, b + crewFen]);
      }
      const amounts = amountsOf(voucher);
      if (amounts && amounts.gain !== (voucher.gainFen ?? null))
        tell('gain-differs', name, amounts.gain, voucher.gainFen);
      if (amounts && amounts.company !== (voucher.companyFen ?? null))
        tell('company-differs', name, amounts.company, voucher.companyFen);
      const wanted = wantedLines(voucher);
      if (wanted) comparePostings(name, wanted, sum, tell);
      if (voucher.kind === 'sheet' && asked(voucher.day)) again.push(askedOf(voucher));
      derived.take(voucher, posted.get(voucher.voucher) ?? []);
    }
    onProgress(hashes.size);
  }
  const seals = await walkSeals(tx, plantId, hashes, tell);
  await derived.compare(tx, tell);
  const unsealed = await countUnsealed(tx, plantId);
  return { vouchers: hashes.size, seals, unsealed, again, cycles: [...cycles.values()] };
}

/** The gain and the company's amount that a record tells; undefined of what cannot be read. */
function amountsOf({ kind, record }: VoucherRow): { gain: number | null; company: number | null } | undefined {
  try {
    if (kind === 'sheet') {
      const { counted, excluded } = JSON.parse(record) as LedgerRecord;
      const amounts = [counted, excluded].flatMap((part) => (part?.complete ? [part.companyFen ?? 0] : []));
      return {
        gain: counted?.crewGainFen ?? null,
        company: amounts.length === 0 ? null : amounts.reduce((sum, fen) => sum + fen, 0),
      };
    }
    if (kind !== 'cycle') return undefined;
    const { lines } = JSON.parse(record) as { lines: { fen: number; crewFen: number }[] };
    const gain = lines.reduce((sum, { crewFen }) => sum + crewFen, 0);
    return { gain, company: lines.reduce((sum, { fen }) => sum + fen, 0) - gain };
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
  db: Queryable,
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
const inOrder = (vouchers: readonly Asked[]): Asked[] =>
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

  async settle(voucher: VoucherRow): Promise<{ record: string; inputs: string; ranked: string } | undefined> {
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
      return {
        record: JSON.stringify(ledgerRecord(sheet)),
        inputs: hashInputs(books, sheet),
        ranked: canonical(packSheet(sheet)),
      };
    });
  }

  /** The latest version of a cycle, from the sheets that were posted before it; undefined where nothing is known of its unit. */
  async cycle({ voucher, key, unit, asOf }: VoucherRow): Promise<string | undefined> {
    return this.db.transaction(async (tx) => {
      const { plants, windows } = await this.eraOf(tx, asOf);
      const today = plants.newest?.plant;
      const group = plants.groups.get(unit ?? '');
      const metered = await plants.metered(tx, 0);
      if (!today || group === undefined || metered === undefined) return undefined;
      const day = today.zone.dayAt(asOf);
      const model = plants.on(day, asOf);
      const found = today.units.get(unit ?? '');
      if (!model || !found) return undefined;
      const window = await windows.open(tx, plants, group, monthHolding(day, model.plant.monthStartsOn), asOf);
      const books = window.books(model.version, asOf);
      const postings = await cyclePostings(tx, this.plantId, books, [found], { asOf, metered, before: voucher });
      return cycleRecords(today, postings).get(key) ?? JSON.stringify({ lines: [] });
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
