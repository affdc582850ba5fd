// What is derived from vouchers for lists and boards, made again and compared: how shifts stand, entries of teams, sums of months.
import { hashRecord, type LedgerRecord } from '../ledger.ts';
import { type Month, monthHolding, monthOf, parseDay } from '../plant.ts';
import type { PackedTally } from '../ranking.ts';
import type { Queryable } from '../store/database.ts';
import { closedMonths } from '../store/months.ts';
import { readStandings, readTeamEntries, readTeamMonths, type Standing, type TeamEntry } from '../store/standings.ts';
import type { PostingRow, VoucherRow } from '../store/vouchers.ts';
import type { Tell } from './finding.ts';
import { Plants } from './plants.ts';
import { tallyTeamMonths } from './team-months.ts';

const EVER = { from: '0001-01-01', to: '9999-12-31' };

/** Takes every voucher in turn, then compares. */
export class Derived {
  private readonly plantId: number;
  private readonly standings = new Map<string, Omit<Standing, 'voucher'> & { readonly voucher: number }>();
  private readonly entries = new Map<string, string>();

  constructor(plantId: number) {
    this.plantId = plantId;
  }

  /** A voucher and its postings, each version after the one before. */
  take(voucher: VoucherRow, postings: readonly PostingRow[]): void {
    const { kind, causes } = voucher;
    if (kind === 'sheet') {
      const standing = standingOf(voucher);
      if (standing) this.standings.set(voucher.key, standing);
    }
    const approved = kind === 'sheet' && causes.includes('"approved"');
    if (kind !== 'cycle' && !approved) return;
    for (const one of postings) {
      const entry = kind === 'cycle' ? cycleEntry(voucher, one) : restatedEntry(voucher, one);
      if (entry) this.entries.set(nameOf(entry), entryText(entry));
    }
  }

  async compare(db: Queryable, tell: Tell): Promise<void> {
    await this.compareStandings(db, tell);
    await this.compareEntries(db, tell);
    await this.compareMonths(db, tell);
  }

  private async compareStandings(db: Queryable, tell: Tell): Promise<void> {
    const left = new Map(this.standings);
    for (const found of await readStandings(db, this.plantId, {})) {
      const key = `${found.unit}/${found.day}/${found.shift}`;
      const expected = left.get(key);
      left.delete(key);
      if (!expected) {
        tell('standing-differs', key, 'none', found.voucher);
        continue;
      }
      for (const name of Object.keys(expected) as (keyof Standing)[])
        if (found[name] !== expected[name]) tell('standing-differs', `${key} ${name}`, expected[name], found[name]);
    }
    for (const [key, { voucher }] of left) tell('standing-differs', key, voucher, 'none');
  }

  private async compareEntries(db: Queryable, tell: Tell): Promise<void> {
    const left = new Map(this.entries);
    for (const kind of ['cycle', 'restatement'] as const)
      for (const found of await readTeamEntries(db, this.plantId, { ...EVER, kind })) {
        const name = nameOf(found);
        const expected = left.get(name);
        left.delete(name);
        if (expected !== entryText(found)) tell('entry-differs', name, expected ?? 'none', entryText(found));
      }
    for (const [name, expected] of left) tell('entry-differs', name, expected, 'none');
  }

  private async compareMonths(db: Queryable, tell: Tell): Promise<void> {
    const plants = new Plants(this.plantId);
    await plants.refresh(db);
    const plant = plants.newest?.plant;
    if (!plant) return;
    const closed = new Map((await closedMonths(db, this.plantId)).map(({ month, closedAt }) => [month, closedAt]));
    const wanted = new Map<string, Set<string>>();
    for (const { day, team } of this.standings.values()) {
      const { text } = monthHolding(parseDay(day)!, plant.monthStartsOn);
      wanted.set(text, (wanted.get(text) ?? new Set()).add(team));
    }
    const kept = Map.groupBy(await readTeamMonths(db, this.plantId), ({ month }) => month);
    for (const text of new Set([...wanted.keys(), ...kept.keys()])) {
      const found = new Map((kept.get(text) ?? []).map(({ tally }) => [tally.team, tallyText(tally)]));
      // In a closed month no team can be missing that had shifts then; one that was moved there later is no row of it.
      const teams = new Set([...found.keys(), ...(closed.has(text) ? [] : (wanted.get(text) ?? []))]);
      const month = monthOf(text, plant.monthStartsOn) as Month;
      const made = await tallyTeamMonths(db, this.plantId, plant, month, [...teams], closed.get(text));
      for (const { team, tally } of made)
        if (found.get(team) !== tallyText(tally))
          tell('month-differs', `${text} ${team}`, tallyText(tally), found.get(team) ?? 'none');
    }
  }
}

function standingOf(voucher: VoucherRow): Standing | undefined {
  try {
    const record = JSON.parse(voucher.record) as LedgerRecord;
    const { day, unit = '', shift = '', team = '', crew = '', version, state, asOf, gainFen, companyFen } = voucher;
    return {
      ...{ day, unit, shift, team, crew, version, state, asOf, gainFen, companyFen },
      voucher: voucher.voucher,
      starts: Date.parse(record.from),
      ends: Date.parse(record.to),
      complete: record.counted?.complete ?? false,
      recordHash: hashRecord(voucher.record),
    };
  } catch {
    // The hash of the voucher has told already.
    return undefined;
  }
}

const cycleEntry = (
  voucher: VoucherRow,
  { team, crew, key, fen, crewFen, line }: PostingRow,
): TeamEntry | undefined => {
  const [, stream = '', forDay = '', forShift = ''] = /^periodic\.(.+) (\S+) (\S+)$/.exec(key) ?? [];
  const { unit = '', bookedDay: day } = voucher;
  const who = { team: team ?? '', crew: crew ?? '' };
  return crewFen === 0 && fen === 0
    ? undefined
    : { voucher: voucher.voucher, line, kind: 'cycle', day, unit, stream, ...who, forDay, forShift, fen: -fen };
};

const restatedEntry = (voucher: VoucherRow, { team, crew, key, crewFen, line }: PostingRow): TeamEntry | undefined => {
  const { unit = '', shift = '', bookedDay: day } = voucher;
  const who = { team: team ?? '', crew: crew ?? '' };
  const whose = { forDay: voucher.day, forShift: shift };
  return crewFen === 0
    ? undefined
    : { voucher: voucher.voucher, line, kind: 'restatement', day, unit, stream: key, ...who, ...whose, fen: crewFen };
};

const nameOf = ({ voucher, line }: TeamEntry): string => `voucher ${voucher} line ${line}`;

const entryText = ({ kind, day, team, unit, stream, crew, forDay, forShift, fen }: TeamEntry): string =>
  `${kind} ${day} ${team} ${unit} ${stream} ${crew} ${forDay} ${forShift} ${fen}`;

/** The order in which streams were met is no part of the sums. */
const tallyText = ({ streams, ...rest }: PackedTally): string =>
  canonical({ ...rest, streams: streams.map((one) => JSON.stringify(one)).sort() });

/** JSON with the keys of objects in order: whichever way they came, the same value is the same text. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
