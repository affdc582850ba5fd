// Vouchers, their postings and the seals over them: added, read and never changed; and how each shift stands by them.
import {
  type Cause,
  FIRST_SEAL,
  hashSeal,
  hashVoucher,
  type LedgerLine,
  type VoucherContent,
  type VoucherKind,
} from '../ledger.ts';
import type { PackedSheet } from '../ranking.ts';
import { type Queryable, stamp, type Transaction } from './database.ts';

export interface NewVoucher extends VoucherContent {
  readonly unit: string | undefined;
  readonly day: string;
  readonly shift: string | undefined;
  readonly crew: string | undefined;
  readonly team: string | undefined;
  readonly author: number | undefined;
  readonly gainFen: number | undefined;
  readonly companyFen: number | undefined;
  readonly ranked: PackedSheet | undefined;
  readonly lines: readonly (LedgerLine & { readonly team?: string; readonly crew?: string })[];
}

/** Adds vouchers with their postings; gives their numbers in order. A version that stands already is an error (23505). */
export async function addVouchers(tx: Queryable, plantId: number, vouchers: readonly NewVoucher[]): Promise<number[]> {
  const numbers: number[] = [];
  for (let first = 0; first < vouchers.length; first += 1000) {
    const some = vouchers.slice(first, first + 1000);
    const rows = await tx.rows<{ voucher: number; key: string; kind: string }>(
      `insert into vouchers (plant_id, kind, key, version, unit, day, shift, crew, team, state, as_of, model, booked_day,
         causes, author, gain_fen, company_fen, record, inputs, hash, ranked)
       select $1, * from unnest($2::text[], $3::text[], $4::int[], $5::text[], $6::date[], $7::text[], $8::text[], $9::text[],
         $10::text[], $11::timestamptz[], $12::int[], $13::date[], $14::text[], $15::bigint[], $16::bigint[], $17::bigint[],
         $18::text[], $19::text[], $20::text[], $21::json[])
       returning voucher, kind, key`,
      plantId,
      ...columns(some, [
        (v) => v.kind,
        (v) => v.key,
        (v) => v.version,
        (v) => v.unit,
        (v) => v.day,
        (v) => v.shift,
        (v) => v.crew,
        (v) => v.team,
        (v) => v.state,
        (v) => stamp(v.asOf),
        (v) => v.model,
        (v) => v.bookedDay,
        (v) => v.causes,
        (v) => v.author,
        (v) => v.gainFen,
        (v) => v.companyFen,
        (v) => v.record,
        (v) => v.inputs,
        (v) => hashVoucher(v),
        (v) => (v.ranked ? JSON.stringify(v.ranked) : undefined),
      ]),
    );
    const byKey = new Map(rows.map(({ voucher, kind, key }) => [`${kind} ${key}`, voucher]));
    const lines = some.flatMap((v) => {
      const voucher = byKey.get(`${v.kind} ${v.key}`)!;
      numbers.push(voucher);
      return v.lines.map((line, i) => ({ voucher, v, line, i }));
    });
    await tx.rows(
      `insert into postings (plant_id, voucher, line, unit, day, shift, team, crew, booked_day, part, key, fen, crew_fen)
       select $1, * from unnest($2::bigint[], $3::int[], $4::text[], $5::date[], $6::text[], $7::text[], $8::text[], $9::date[],
         $10::text[], $11::text[], $12::bigint[], $13::bigint[])`,
      plantId,
      ...columns(lines, [
        (l) => l.voucher,
        (l) => l.i,
        (l) => l.v.unit,
        (l) => l.v.day,
        (l) => l.v.shift,
        (l) => l.line.team ?? l.v.team,
        (l) => l.line.crew ?? l.v.crew,
        (l) => l.v.bookedDay,
        (l) => l.line.part,
        (l) => l.line.key,
        (l) => l.line.fen,
        (l) => l.line.crewFen,
      ]),
    );
  }
  return numbers;
}

const columns = <T>(rows: readonly T[], of: readonly ((row: T) => string | number | undefined)[]): never[] =>
  of.map((cell) => rows.map((row) => cell(row) ?? null)) as never[];

// ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface VoucherRow {
  readonly voucher: number;
  readonly kind: VoucherKind;
  readonly key: string;
  readonly version: number;
  readonly unit: string | undefined;
  readonly day: string;
  readonly shift: string | undefined;
  readonly crew: string | undefined;
  readonly team: string | undefined;
  readonly state: string;
  readonly asOf: number;
  readonly model: number;
  readonly bookedDay: string;
  readonly causes: string;
  readonly author: number | undefined;
  readonly gainFen: number | undefined;
  readonly companyFen: number | undefined;
  readonly record: string;
  readonly inputs: string;
  readonly hash: string;
}

const VOUCHER = `voucher, kind, key, version, unit, day, shift, crew, team, state, as_of, model, booked_day, causes, author, gain_fen,
  company_fen, record, inputs, hash`;

interface RawVoucher {
  readonly voucher: number;
  readonly kind: VoucherKind;
  readonly key: string;
  readonly version: number;
  readonly unit: string | null;
  readonly day: string;
  readonly shift: string | null;
  readonly crew: string | null;
  readonly team: string | null;
  readonly state: string;
  readonly as_of: number;
  readonly model: number;
  readonly booked_day: string;
  readonly causes: string;
  readonly author: number | null;
  readonly gain_fen: number | null;
  readonly company_fen: number | null;
  readonly record: string;
  readonly inputs: string;
  readonly hash: string;
}

const voucherOf = ({ as_of, booked_day, gain_fen, company_fen, ...rest }: RawVoucher): VoucherRow => ({
  ...rest,
  asOf: as_of,
  bookedDay: booked_day,
  unit: rest.unit ?? undefined,
  shift: rest.shift ?? undefined,
  crew: rest.crew ?? undefined,
  team: rest.team ?? undefined,
  author: rest.author ?? undefined,
  gainFen: gain_fen ?? undefined,
  companyFen: company_fen ?? undefined,
});

/** All versions of a document, the first first. */
export async function versionsOf(
  db: Queryable,
  plantId: number,
  kind: VoucherKind,
  key: string,
): Promise<VoucherRow[]> {
  const rows = await db.rows<RawVoucher>(
    `select ${VOUCHER} from vouchers where plant_id = $1 and kind = $2 and key = $3 order by version`,
    plantId,
    kind,
    key,
  );
  return rows.map(voucherOf);
}

export async function voucherByNumber(
  db: Queryable,
  plantId: number,
  voucher: number,
): Promise<VoucherRow | undefined> {
  const [row] = await db.rows<RawVoucher>(
    `select ${VOUCHER} from vouchers where plant_id = $1 and voucher = $2`,
    plantId,
    voucher,
  );
  return row && voucherOf(row);
}

/** Some vouchers whole, with what ranking was given of them. */
export async function vouchersWhole(
  db: Queryable,
  plantId: number,
  vouchers: readonly number[],
): Promise<(VoucherRow & { readonly ranked: PackedSheet | undefined })[]> {
  const rows = await db.rows<RawVoucher & { readonly ranked: PackedSheet | null }>(
    `select ${VOUCHER}, ranked from vouchers where plant_id = $1 and voucher = any($2)`,
    plantId,
    vouchers,
  );
  const byNumber = new Map(rows.map((row) => [row.voucher, { ...voucherOf(row), ranked: row.ranked ?? undefined }]));
  return vouchers.flatMap((voucher) => byNumber.get(voucher) ?? []);
}

/** The latest versions of some documents. */
export async function latestVouchers(
  db: Queryable,
  plantId: number,
  kind: VoucherKind,
  keys: readonly string[],
): Promise<Map<string, VoucherRow>> {
  if (keys.length === 0) return new Map();
  const rows = await db.rows<RawVoucher>(
    `select distinct on (key) ${VOUCHER} from vouchers where plant_id = $1 and kind = $2 and key = any($3) order by key, version desc`,
    plantId,
    kind,
    keys,
  );
  return new Map(rows.map((row) => [row.key, voucherOf(row)]));
}

export interface HoursRun {
  readonly key: string;
  /** As fractions; of a part that the shift did not have, nothing. */
  readonly counted: string | null;
  readonly excluded: string | null;
}

/** The hours run of the sheets of some units as posted; `before`: by vouchers of lower numbers. */
export const hoursRunOf = (
  db: Queryable,
  plantId: number,
  units: readonly string[],
  before: number | undefined,
): Promise<HoursRun[]> =>
  db.rows<HoursRun>(
    `select key, record::json #>> '{counted,hoursRun}' as counted, record::json #>> '{excluded,hoursRun}' as excluded
       from (select distinct on (key) key, record from vouchers
              where plant_id = $1 and kind = 'sheet' and unit = any($2) and ($3::bigint is null or voucher < $3)
              order by key, version desc) latest`,
    plantId,
    units,
    before ?? null,
  );

/** Vouchers in the order of their numbers, from after `after` on. */
export async function pageVouchers(
  db: Queryable,
  plantId: number,
  after: number,
  limit: number,
): Promise<VoucherRow[]> {
  const rows = await db.rows<RawVoucher>(
    `select ${VOUCHER} from vouchers where plant_id = $1 and voucher > $2 order by voucher limit $3`,
    plantId,
    after,
    limit,
  );
  return rows.map(voucherOf);
}

export interface PostingRow {
  readonly voucher: number;
  readonly part: string;
  readonly key: string;
  readonly team: string | undefined;
  readonly crew: string | undefined;
  readonly bookedDay: string;
  readonly fen: number;
  readonly crewFen: number;
  readonly line: number;
}

export async function postingsOf(db: Queryable, plantId: number, vouchers: readonly number[]): Promise<PostingRow[]> {
  const rows = await db.rows<{
    voucher: number;
    part: string;
    key: string;
    team: string | null;
    crew: string | null;
    booked_day: string;
    fen: number;
    crew_fen: number;
    line: number;
  }>(
    `select voucher, line, part, key, team, crew, booked_day, fen, crew_fen from postings
      where plant_id = $1 and voucher = any($2) order by voucher, line`,
    plantId,
    vouchers,
  );
  return rows.map(({ booked_day: bookedDay, crew_fen: crewFen, team, crew, ...rest }) => ({
    ...rest,
    bookedDay,
    crewFen,
    team: team ?? undefined,
    crew: crew ?? undefined,
  }));
}

// ── seals ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface SealRow {
  readonly seal: number;
  readonly previous: string;
  readonly vouchers: readonly number[];
  readonly hash: string;
  readonly sealedAt: number;
}

const BATCH = 1000;

/**
 * Seals what was posted and is not sealed yet, in the order of numbers; one sealer a plant, another one that comes meanwhile
 * waits: what was posted since the first one looked is its to seal. Gives how many vouchers were sealed.
 */
export async function sealVouchers(tx: Transaction, plantId: number): Promise<number> {
  await tx.rows(`select pg_advisory_xact_lock(hashtext('crewledger.seal'), $1)`, plantId);
  let count = 0;
  for (;;) {
    const [last] = await tx.rows<{ seal: number; hash: string; low: number }>(
      `select seal, hash, (select coalesce(min(v), 0) from unnest(vouchers) v) as low from seals
        where plant_id = $1 order by seal desc limit 1`,
      plantId,
    );
    // A number drawn early may be committed late, so the search reaches back well behind the last seal.
    const rows = await tx.rows<{ voucher: number; hash: string }>(
      `select v.voucher, v.hash from vouchers v
        where v.plant_id = $1 and v.voucher > $2
          and not exists (select from sealed_vouchers s where s.plant_id = v.plant_id and s.voucher = v.voucher)
        order by v.voucher limit ${BATCH}`,
      plantId,
      Math.max(0, (last?.low ?? 0) - 100_000),
    );
    if (rows.length === 0) return count;
    const seal = (last?.seal ?? 0) + 1;
    const previous = last?.hash ?? FIRST_SEAL;
    const vouchers = rows.map(({ voucher }) => voucher);
    const hash = hashSeal(
      previous,
      seal,
      rows.map((row) => row.hash),
    );
    await tx.rows(
      'insert into seals (plant_id, seal, previous, vouchers, hash) values ($1, $2, $3, $4, $5)',
      plantId,
      seal,
      previous,
      vouchers,
      hash,
    );
    await tx.rows(
      'insert into sealed_vouchers (plant_id, voucher, seal) select $1, unnest($2::bigint[]), $3',
      plantId,
      vouchers,
      seal,
    );
    count += rows.length;
  }
}

export async function listSeals(db: Queryable, plantId: number, after = 0, limit = 1000): Promise<SealRow[]> {
  const rows = await db.rows<{ seal: number; previous: string; vouchers: number[]; hash: string; sealed_at: number }>(
    'select seal, previous, vouchers, hash, sealed_at from seals where plant_id = $1 and seal > $2 order by seal limit $3',
    plantId,
    after,
    limit,
  );
  return rows.map(({ sealed_at: sealedAt, ...rest }) => ({ ...rest, sealedAt }));
}

/** How many vouchers no seal holds yet. */
export async function countUnsealed(db: Queryable, plantId: number): Promise<number> {
  const [row] = await db.rows<{ count: number }>(
    `select count(*) as count from vouchers v where v.plant_id = $1
       and not exists (select from sealed_vouchers s where s.plant_id = v.plant_id and s.voucher = v.voucher)`,
    plantId,
  );
  return row?.count ?? 0;
}

export const causesText = (causes: readonly Cause[]): string => JSON.stringify(causes);
