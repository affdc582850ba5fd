// The end of a month: closing it, restating what turns out later, and reconciling the shifts with what was counted, billed and
// booked. A closed month stands; every later truth is a dated entry that someone answers for.
import { differenceOf, hashRecord, type LedgerLine, type LedgerRecord, linesOf } from '../ledger.ts';
import {
  type Day,
  formatDay,
  type Month,
  monthHolding,
  monthOf,
  type Plant,
  parseDay,
  plannedShifts,
  priceOn,
} from '../plant.ts';
import {
  add,
  amountFen,
  amountScale,
  formatRatio,
  parseDecimal,
  type Ratio,
  subtract,
  toSteps,
  ZERO,
} from '../quantity.ts';
import type { Transaction } from '../store/database.ts';
import { addEvents } from '../store/events.ts';
import { closedMonths, closeMonth, decideRestatement, holdMonths, holdRestatement } from '../store/months.ts';
import { readClock } from '../store/plants.ts';
import { firstReadingAt } from '../store/readings.ts';
import { addTeamEntries, putStandings, readStandings } from '../store/standings.ts';
import { addVouchers, causesText, latestVouchers, type NewVoucher, voucherByNumber } from '../store/vouchers.ts';
import type { Plants } from './plants.ts';
import { askSeal } from './queue.ts';
import { sumTeamMonths } from './team-months.ts';

export type Closed =
  | { readonly ok: true; readonly closedAt: number }
  | { readonly ok: false; readonly code: 'month-not-over' | 'month-closed' }
  | { readonly ok: false; readonly code: 'month-provisional' | 'month-unsettled'; readonly count: number };

/** Closes a month that is over, all of whose shifts have sheets, and these final unless that is waived. */
export async function closeAccountingMonth(
  tx: Transaction,
  plants: Plants,
  text: string,
  by: number | undefined,
  reason: string,
  evenProvisional: boolean,
): Promise<Closed> {
  const { plantId } = plants;
  const plant = (plants.newest as { plant: Plant }).plant;
  await holdMonths(tx, plantId, true);
  const month = monthOf(text, plant.monthStartsOn) as Month;
  const { closedUntil } = await readClock(tx, plantId);
  // The last shift of a month may end on the morning after.
  const standings = await readStandings(tx, plantId, { from: formatDay(month.first), to: formatDay(month.last) });
  const over = plant.zone.at(month.last + 1, 0).at;
  const lastEnd = Math.max(over, ...standings.map(({ ends }) => ends));
  if (closedUntil < lastEnd) return { ok: false, code: 'month-not-over' };
  const settled = new Set(standings.map(({ unit, day, shift }) => `${unit}/${day}/${shift}`));
  const metered = (await firstReadingAt(tx, plantId)) ?? Number.POSITIVE_INFINITY;
  let missing = 0;
  for (let day = month.first; day <= month.last; day += 1) {
    const model = plants.on(day);
    for (const unit of model?.plant.units.values() ?? [])
      for (const shift of plannedShifts(unit.rotation, model!.plant.zone, unit.id, day))
        if (shift.to > metered && !settled.has(`${unit.id}/${formatDay(day)}/${shift.code}`)) missing += 1;
  }
  if (missing > 0) return { ok: false, code: 'month-unsettled', count: missing };
  const waiting = standings.filter(({ state }) => state === 'provisional').length;
  if (waiting > 0 && !evenProvisional) return { ok: false, code: 'month-provisional', count: waiting };
  const done = await closeMonth(tx, plantId, text, closedUntil, by, reason);
  if (!done) return { ok: false, code: 'month-closed' };
  await addEvents(tx, plantId, [{ kind: 'month', unit: undefined, body: { month: text, state: 'closed' } }]);
  return { ok: true, closedAt: closedUntil };
}

/** The accounting day on which something about a day is booked now: its own while its month is open, else today. */
export async function bookedDayOf(tx: Transaction, plantId: number, plant: Plant, day: Day): Promise<Day> {
  const closed = new Set((await closedMonths(tx, plantId)).map(({ month }) => month));
  if (!closed.has(monthHolding(day, plant.monthStartsOn).text)) return day;
  const { closedUntil } = await readClock(tx, plantId);
  return plant.zone.dayAt(closedUntil);
}

// ── restatements ───────────────────────────────────────────────────────────────────────────────────────────────────

export type Decided =
  | { readonly ok: true; readonly state: 'approved' | 'refused'; readonly bookedDay: string | undefined }
  | { readonly ok: false; readonly code: 'not-found' | 'already-decided' | 'restatement-outdated' };

/** Approves a restatement: a new version of its sheet, booked in the open month, naming its shift; or refuses it. */
export async function decide(
  tx: Transaction,
  plantId: number,
  plant: Plant,
  number: number,
  approve: boolean,
  by: number | undefined,
  reason: string,
): Promise<Decided> {
  const closed = await holdMonths(tx, plantId);
  const one = await holdRestatement(tx, plantId, number);
  if (!one) return { ok: false, code: 'not-found' };
  if (one.state !== 'waiting') return { ok: false, code: 'already-decided' };
  const { closedUntil } = await readClock(tx, plantId);
  if (!approve) {
    await decideRestatement(tx, plantId, number, 'refused', by, closedUntil, reason);
    return { ok: true, state: 'refused', bookedDay: undefined };
  }
  const [standing] = (await readStandings(tx, plantId, { from: one.day, to: one.day, units: [one.unit] })).filter(
    ({ shift }) => shift === one.shift,
  );
  if ((standing?.voucher ?? 0) !== one.basedOn) return { ok: false, code: 'restatement-outdated' };
  const old = standing ? await voucherByNumber(tx, plantId, standing.voucher) : undefined;
  const record = JSON.parse(one.record) as LedgerRecord;
  const before = old ? linesOf(JSON.parse(old.record) as LedgerRecord) : [];
  const moved = old !== undefined && (old.team !== record.team || old.crew !== record.crew);
  const own = { team: old?.team ?? record.team, crew: old?.crew ?? record.crew };
  const lines = moved
    ? [
        ...differenceOf(before, []).map((line) => ({ ...line, ...own })),
        ...differenceOf([], linesOf(record)).map((line) => ({ ...line, team: record.team, crew: record.crew })),
      ]
    : differenceOf(before, linesOf(record));
  const bookedDay = formatDay(await bookedDayOf(tx, plantId, plant, parseDay(one.day) as Day));
  const parts = [record.counted, record.excluded].filter((part) => part?.complete);
  const amounts = {
    gainFen: record.counted?.crewGainFen ?? undefined,
    companyFen: parts.length === 0 ? undefined : parts.reduce((sum, part) => sum + (part?.companyFen ?? 0), 0),
  };
  const version = (standing?.version ?? 0) + 1;
  const [voucher] = await addVouchers(tx, plantId, [
    {
      plant: plant.id,
      kind: 'sheet',
      key: one.key,
      version,
      unit: one.unit,
      day: one.day,
      shift: one.shift,
      crew: record.crew,
      team: record.team,
      state: 'restated',
      asOf: one.asOf,
      model: one.model,
      bookedDay,
      causes: causesText([...JSON.parse(one.causes), { kind: 'approved', restatement: number }]),
      author: by,
      ...amounts,
      record: one.record,
      inputs: one.inputs,
      ranked: one.ranked,
      lines,
    },
  ]);
  // Closed ranks stand: the sums of the closed month are left as they are, the money is an entry of the open one.
  await putStandings(tx, plantId, [
    {
      day: one.day,
      unit: one.unit,
      shift: one.shift,
      team: record.team,
      crew: record.crew,
      starts: Date.parse(record.from),
      ends: Date.parse(record.to),
      voucher: voucher!,
      version,
      state: 'restated',
      asOf: one.asOf,
      complete: record.counted?.complete ?? false,
      ...amounts,
      recordHash: hashRecord(one.record),
    },
  ]);
  const entries = lines
    .map((line, i) => ({ line: i, ...own, ...line }))
    .filter(({ crewFen }) => crewFen !== 0)
    .map(({ line, team, crew, key, crewFen }) => ({
      voucher: voucher!,
      line,
      kind: 'restatement' as const,
      day: bookedDay,
      team: moved ? team : record.team,
      unit: one.unit,
      stream: key,
      crew: moved ? crew : record.crew,
      forDay: one.day,
      forShift: one.shift,
      fen: crewFen,
    }));
  await addTeamEntries(tx, plantId, entries);
  // The month after may lean on the medians of this one.
  const { text: month } = monthHolding(parseDay(one.day) as Day, plant.monthStartsOn);
  const teams = [...new Set([old?.team ?? record.team, record.team])].map((team) => ({ month, team }));
  await sumTeamMonths({ tx, plantId, plant, closed }, teams);
  await decideRestatement(tx, plantId, number, 'approved', by, closedUntil, reason);
  const body = { unit: one.unit, day: one.day, shift: one.shift, team: record.team, version, state: 'restated' };
  await addEvents(tx, plantId, [{ kind: 'sheet', unit: one.unit, body }]);
  await askSeal(tx, plantId);
  return { ok: true, state: 'approved', bookedDay };
}

// ── reconciliation ─────────────────────────────────────────────────────────────────────────────────────────────────

export interface Counted {
  readonly item: string;
  readonly source: 'stocktake' | 'invoice' | 'cost-report';
  /** In the unit of measure of the item's streams, a decimal. */
  readonly quantity: string;
  readonly note: string;
}

export interface Reconciled {
  readonly item: string;
  readonly source: string;
  readonly shifts: string;
  readonly quantity: string;
  readonly differenceFen: number;
  readonly version: number;
  readonly bookedDay: string;
}

export type Reconciliation =
  | { readonly ok: true; readonly rows: readonly Reconciled[] }
  | { readonly ok: false; readonly code: 'no-such-item'; readonly item: string }
  | { readonly ok: false; readonly code: 'month-not-over' };

/**
 * What was counted, billed or booked for a month against the sum of its shifts: the difference at plan price is the company's
 * line, never spread over crews. Said again, the newer figure posts its difference to the older one.
 */
export async function reconcileMonth(
  tx: Transaction,
  plantId: number,
  plant: Plant,
  model: number,
  text: string,
  rows: readonly Counted[],
  by: number | undefined,
): Promise<Reconciliation> {
  await holdMonths(tx, plantId);
  // Two that say the same at once are two versions, one after the other.
  await tx.rows(`select pg_advisory_xact_lock(hashtext('crewledger.reconcile'), $1)`, plantId);
  const month = monthOf(text, plant.monthStartsOn) as Month;
  const { closedUntil } = await readClock(tx, plantId);
  if (closedUntil < plant.zone.at(month.last + 1, 0).at) return { ok: false, code: 'month-not-over' };
  const sums = await sumStreams(tx, plantId, plant, month);
  const keys = rows.map(({ item, source }) => `${text}/${item}/${source}`);
  const before = await latestVouchers(tx, plantId, 'reconciliation', keys);
  const bookedDay = formatDay(await bookedDayOf(tx, plantId, plant, month.last));
  const out: Reconciled[] = [];
  const vouchers: NewVoucher[] = [];
  for (const [i, { item, source, quantity, note }] of rows.entries()) {
    const sum = sums.get(item);
    const price = priceOn(plant, item, 'plan', month.last, closedUntil);
    if (!sum || price === undefined) return { ok: false, code: 'no-such-item', item };
    const found = parseDecimal(quantity) as Ratio;
    const steps = toSteps(subtract(found, sum.quantity), sum.step);
    // More used than the shifts' meters saw is a cost of the company's; more made is a gain.
    const differenceFen = sum.sign * amountFen(steps, price, amountScale(sum.step, plant.priceStep));
    const shifts = formatRatio(sum.quantity, sum.step.places);
    const lines: LedgerLine[] =
      differenceFen === 0
        ? []
        : [{ part: 'company', key: `reconciled.${item}.${source}`, fen: differenceFen, crewFen: 0 }];
    const record = JSON.stringify({ month: text, item, source, quantity, shifts, note, lines });
    const old = before.get(keys[i]!);
    const version = (old?.version ?? 0) + 1;
    out.push({ item, source, shifts, quantity, differenceFen, version, bookedDay });
    if (old?.record === record) continue;
    const was = old ? (JSON.parse(old.record) as { lines: LedgerLine[] }).lines : [];
    vouchers.push({
      plant: plant.id,
      kind: 'reconciliation',
      key: keys[i]!,
      version,
      unit: undefined,
      day: formatDay(month.last),
      shift: undefined,
      crew: undefined,
      team: undefined,
      state: old ? 'restated' : 'final',
      asOf: closedUntil,
      model,
      bookedDay,
      causes: causesText([{ kind: 'reconciled', id: `${item}/${source}` }]),
      author: by,
      gainFen: undefined,
      companyFen: differenceFen,
      record,
      inputs: '',
      ranked: undefined,
      lines: differenceOf(was, lines),
    });
  }
  await addVouchers(tx, plantId, vouchers);
  if (vouchers.length > 0) await askSeal(tx, plantId);
  return { ok: true, rows: out };
}

/** What the shifts of a month had of each price item: outputs count +, inputs −; flows and banded inputs by their own item. */
async function sumStreams(
  tx: Transaction,
  plantId: number,
  plant: Plant,
  month: Month,
): Promise<Map<string, { quantity: Ratio; sign: 1 | -1; step: Plant['priceStep'] }>> {
  const items = new Map<string, { quantity: Ratio; sign: 1 | -1; step: Plant['priceStep'] }>();
  for (const unit of plant.units.values())
    for (const stream of unit.streams)
      if (stream.role === 'output' || stream.role === 'input' || stream.role === 'by-product') {
        const known = items.get(stream.item);
        const finer = !known || stream.step.places > known.step.places;
        items.set(stream.item, {
          quantity: ZERO,
          sign: stream.role === 'input' ? -1 : 1,
          step: finer ? stream.step : known.step,
        });
      }
  const standings = await readStandings(tx, plantId, { from: formatDay(month.first), to: formatDay(month.last) });
  const keys = standings.map(({ unit, day, shift }) => `${unit}/${day}/${shift}`);
  for (const { unit, record } of (await latestVouchers(tx, plantId, 'sheet', keys)).values()) {
    const { counted, excluded } = JSON.parse(record) as LedgerRecord;
    for (const stream of plant.units.get(unit ?? '')?.streams ?? []) {
      const sum = items.get(stream.item);
      if (!sum || (stream.role !== 'output' && stream.role !== 'input' && stream.role !== 'by-product')) continue;
      for (const part of [counted, excluded]) {
        const found = parseDecimal(part?.quantities[stream.id] ?? '0');
        if (found) sum.quantity = add(sum.quantity, found);
      }
    }
  }
  return items;
}
