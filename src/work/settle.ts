// One step of the settle loop: everything of a group of units that is due or was touched is settled as of one instant of which
// all is known, and posted in the transaction that takes the touches away. What it finds does not depend on who ran before.
import { type Cause, ledgerRecord } from '../ledger.ts';
import {
  type Day,
  formatDay,
  type Month,
  monthHolding,
  type Plant,
  parseDay,
  type Shift,
  type Unit,
} from '../plant.ts';
import type { Instant, Interval } from '../quantity.ts';
import { type Books, reachOfTouched, type Sheet, settleShift, type Touched } from '../statement.ts';
import type { Database, Transaction } from '../store/database.ts';
import { addEvents } from '../store/events.ts';
import { type Touch, takeTouches } from '../store/facts.ts';
import { holdMonths } from '../store/months.ts';
import { readClock } from '../store/plants.ts';
import { Sight } from '../store/readings.ts';
import { type Draft, dropDrafts, lastDays, putDrafts, readStandings, type Standing } from '../store/standings.ts';
import { cyclePostings, postCycles, unitsWithCycles } from './cycles.ts';
import type { Ledgering } from './ledgering.ts';
import type { Plants } from './plants.ts';
import { postSheets, type Settled } from './post.ts';
import type { Window, Windows } from './window.ts';

export interface SettleOutcome {
  readonly asOf: Instant;
  readonly settled: number;
  /** Sheets. */
  readonly posted: number;
  /** Vouchers of cycles of periodic work. */
  readonly cycles: number;
  readonly proposed: number;
  readonly drafts: number;
  /** When the next running shift of the group ends, on the plant's clock. */
  readonly nextEnd: Instant | undefined;
  /** Something was learnt after `asOf` already, so the group is to be settled again soon. */
  readonly later: boolean;
}

/** As a rule the last sheet of a unit is no older. */
const RECENT_DAYS = 3;

/** Who else settles this group waits until commit. */
const holdGroup = (tx: Transaction, plantId: number, group: string): Promise<unknown> =>
  tx.rows(`select pg_advisory_xact_lock(hashtext('crewledger.group ' || $2), $1)`, plantId, group);

export interface SettleOptions {
  /** Runs in the same transaction, once all is posted. */
  readonly after?: (tx: Transaction, outcome: SettleOutcome) => Promise<void>;
  /** Filling history: only shifts of these accounting days that have no sheet yet, and neither cycles nor drafts. */
  readonly filling?: { readonly first: Day; readonly last: Day };
  /** Cycles of periodic work are looked at even if no sheet changed. */
  readonly cycles?: boolean;
}

/** Settles a group as of now. */
export function settleGroup(
  db: Database,
  plants: Plants,
  windows: Windows,
  group: string,
  options: SettleOptions = {},
): Promise<SettleOutcome> {
  return db.transaction(async (tx) => {
    await holdGroup(tx, plants.plantId, group);
    await plants.refresh(tx);
    // Held before the clock is read: a month that is closed is closed as of an instant before any sheet that is posted now.
    const closed = await holdMonths(tx, plants.plantId);
    const { closedUntil: asOf } = await readClock(tx, plants.plantId);
    const { taken, later } = options.filling
      ? { taken: [], later: false }
      : await takeTouches(tx, plants.plantId, group, asOf);
    const outcome = { ...(await new Step(tx, plants, windows, group, taken, asOf, options).run(closed)), later };
    await options.after?.(tx, outcome);
    return outcome;
  });
}

class Step {
  private readonly tx: Transaction;
  private readonly plants: Plants;
  private readonly windows: Windows;
  private readonly group: string;
  private readonly touches: readonly Touch[];
  private readonly asOf: Instant;
  private readonly options: SettleOptions;
  private readonly sight: Sight;
  private readonly opened = new Map<string, Promise<Window>>();
  private readonly books = new Map<string, Books>();

  constructor(
    tx: Transaction,
    plants: Plants,
    windows: Windows,
    group: string,
    touches: readonly Touch[],
    asOf: Instant,
    options: SettleOptions,
  ) {
    this.tx = tx;
    this.sight = new Sight(tx, plants.plantId);
    this.plants = plants;
    this.windows = windows;
    this.group = group;
    this.touches = touches;
    this.asOf = asOf;
    this.options = options;
  }

  async run(closed: ReadonlySet<string>): Promise<Omit<SettleOutcome, 'later'>> {
    const { tx, plants, asOf } = this;
    const today = plants.newest;
    if (!today) return { asOf, settled: 0, posted: 0, cycles: 0, proposed: 0, drafts: 0, nextEnd: undefined };
    const plant = today.plant;
    const to: Ledgering = { tx, plantId: plants.plantId, plant, asOf, closed };
    const metered = await plants.metered(tx, Math.min(...this.touches.map(({ first }) => first)));
    if (metered === undefined)
      return { asOf, settled: 0, posted: 0, cycles: 0, proposed: 0, drafts: 0, nextEnd: undefined };
    const asked = new Map<string, { shift: Shift; causes: Cause[] }>();
    const ask = (shift: Shift, cause: Cause): void => {
      const key = `${shift.unit} ${shift.day} ${shift.code}`;
      const known = asked.get(key);
      if (!known) asked.set(key, { shift, causes: [cause] });
      else if (!known.causes.some((one) => JSON.stringify(one) === JSON.stringify(cause))) known.causes.push(cause);
    };
    const { filling } = this.options;
    await this.findDue(metered, ask);
    if (!filling) {
      await this.findLapsed(plant, ask);
      await this.findTouched(metered, ask);
    }
    const settled: Settled[] = [];
    for (const { shift, causes } of asked.values()) {
      const books = await this.booksOf(shift.day);
      if (!books) continue;
      settled.push({ sheet: settleShift(books.books, shift), books: books.books, model: books.version, causes });
    }
    const { posted, proposed } = await postSheets(to, settled, filling !== undefined);
    if (filling) return { asOf, settled: settled.length, posted, cycles: 0, proposed, drafts: 0, nextEnd: undefined };
    const cycles = await this.settleCycles(to, settled, metered);
    const { drafts, nextEnd } = await this.draw(plant);
    return { asOf, settled: settled.length, posted, cycles, proposed, drafts, nextEnd };
  }

  // ── which shifts ──

  /** Shifts that ended and have no sheet yet. */
  private async findDue(metered: Instant, ask: (shift: Shift, cause: Cause) => void): Promise<void> {
    const units = this.plants.unitsOf(this.group);
    const { zone } = this.plants.newest!.plant;
    const { filling } = this.options;
    const today = Math.min(zone.dayAt(this.asOf) + 1, filling?.last ?? Number.POSITIVE_INFINITY);
    const first = filling?.first ?? (await this.firstOpenDay(units, zone.dayAt(metered) - 1));
    const known = new Set(
      (await this.standingsFrom(first, units)).map(({ unit, day, shift }) => `${unit} ${day} ${shift}`),
    );
    for (let day = first; day <= today; day += 1) {
      const opened = await this.booksOf(day);
      if (!opened) continue;
      const text = formatDay(day);
      for (const unit of opened.units)
        for (const shift of opened.books.shiftsOn(unit, day))
          if (shift.to <= this.asOf && shift.to > metered && !known.has(`${unit.id} ${text} ${shift.code}`))
            ask(shift, { kind: 'shift-ended' });
    }
  }

  /** The day from which on shifts may lack their sheets: that before the last one posted, of the unit that is furthest behind. */
  private async firstOpenDay(units: readonly string[], earliest: Day): Promise<Day> {
    const recent = this.plants.newest!.plant.zone.dayAt(this.asOf) - RECENT_DAYS;
    const posted = new Map<string, Day>();
    for (const { unit, day } of await this.standingsFrom(recent, units)) {
      const one = parseDay(day)!;
      if (one >= recent) posted.set(unit, Math.max(one, posted.get(unit) ?? one));
    }
    if (!units.every((unit) => posted.has(unit)))
      for (const [unit, day] of await lastDays(this.tx, this.plants.plantId, units)) posted.set(unit, parseDay(day)!);
    return Math.min(...units.map((unit) => (posted.has(unit) ? posted.get(unit)! - 1 : earliest)));
  }

  private loaded: { from: Day; standings: Standing[] } | undefined;

  /** How the group's shifts stand from a day on, and those that wait for their cut-off, however old. */
  private async standingsFrom(from: Day, units: readonly string[]): Promise<Standing[]> {
    if (!this.loaded || from < this.loaded.from) {
      const { filling } = this.options;
      const standings = await readStandings(this.tx, this.plants.plantId, {
        units,
        from: formatDay(from),
        ...(filling ? { to: formatDay(filling.last) } : { orState: 'provisional' }),
      });
      this.loaded = { from, standings };
    }
    return this.loaded.standings;
  }

  /** Provisional sheets whose cut-off has passed: whatever is missing now stays missing. */
  private async findLapsed(plant: Plant, ask: (shift: Shift, cause: Cause) => void): Promise<void> {
    const units = this.plants.unitsOf(this.group);
    for (const { unit, day, shift: code, ends, state } of await this.standingsFrom(Number.POSITIVE_INFINITY, units)) {
      if (state !== 'provisional' || ends + plant.cutOffMs >= this.asOf) continue;
      const opened = await this.booksOf(parseDay(day)!);
      const found = opened?.units.find(({ id }) => id === unit);
      for (const shift of found ? opened!.books.shiftsOn(found, parseDay(day)!) : [])
        if (shift.code === code) ask(shift, { kind: 'cut-off' });
    }
  }

  /** Shifts that ended and may be other than they stand, by what was learnt since. */
  private async findTouched(metered: Instant, ask: (shift: Shift, cause: Cause) => void): Promise<void> {
    for (const { first, last, cause } of this.touches) {
      const until = Math.min(last, this.asOf);
      if (first > until) continue;
      const reach =
        cause.kind === 'readings' ? await this.reachOf(cause.points, first, until) : { from: first, to: until };
      if (!reach) continue;
      const from = Math.max(reach.from, metered);
      const { zone } = this.plants.newest!.plant;
      const lastDay = zone.dayAt(Math.min(reach.to, this.asOf)) + 1;
      for (let day = zone.dayAt(from) - 1; day <= lastDay; day += 1) {
        const opened = await this.booksOf(day);
        for (const unit of opened?.units ?? [])
          for (const shift of opened!.books.shiftsOn(unit, day))
            if (shift.to <= this.asOf && shift.to > metered && shift.from <= reach.to && shift.to >= from)
              ask(shift, cause);
      }
    }
  }

  private async reachOf(points: readonly string[], first: Instant, last: Instant): Promise<Interval | undefined> {
    const touched: Touched[] = points.map((point) => ({ point, first, last }));
    const { zone } = this.plants.newest!.plant;
    let reach: Interval | undefined;
    for (const day of new Set([zone.dayAt(first), zone.dayAt(last)])) {
      const opened = await this.booksOf(day);
      const own = opened && reachOfTouched(opened.books, opened.units, touched);
      if (own) reach = reach ? { from: Math.min(reach.from, own.from), to: Math.max(reach.to, own.to) } : own;
    }
    return reach;
  }

  // ── books ──

  /** The books of an accounting day, under the model in force on it, and the group's units in it. */
  private async booksOf(day: Day): Promise<{ books: Books; units: readonly Unit[]; version: number } | undefined> {
    const model = this.plants.on(day, this.asOf);
    if (!model) return undefined;
    const month = monthHolding(day, model.plant.monthStartsOn);
    const window = await this.window(month);
    const key = `${month.text} ${model.version}`;
    let books = this.books.get(key);
    if (!books) {
      books = window.books(model.version, this.asOf);
      this.books.set(key, books);
    }
    return { books, units: window.units(model.version), version: model.version };
  }

  private window(month: Month): Promise<Window> {
    let window = this.opened.get(month.text);
    if (!window) {
      window = this.windows.open(this.tx, this.plants, this.group, month, this.asOf, this.sight);
      this.opened.set(month.text, window);
    }
    return window;
  }

  // ── cycles ──

  /** Cycles of periodic work whose closing row or whose shifts were touched; how many vouchers that made. */
  private async settleCycles(to: Ledgering, settled: readonly Settled[], metered: Instant): Promise<number> {
    const { tx, plants } = this;
    const today = plants.newest!;
    const own = new Set(plants.unitsOf(this.group));
    const units = unitsWithCycles(today.plant.units.values()).filter(({ id }) => own.has(id));
    const touchedFees = this.touches.some(({ cause }) => cause.kind === 'fact' && cause.table === 'fees.csv');
    if (units.length === 0 || (settled.length === 0 && !touchedFees && !this.options.cycles)) return 0;
    const causes: Cause[] = touchedFees
      ? this.touches.map(({ cause }) => cause).filter((c) => c.kind === 'fact' && c.table === 'fees.csv')
      : [{ kind: 'sheets', count: settled.length }];
    const { zone } = today.plant;
    const opened = await this.booksOf(zone.dayAt(this.asOf));
    if (!opened) return 0;
    const { books } = opened;
    const closes = units.some((unit) =>
      unit.streams.some((s) => (books.fees.get(`${unit.id} ${s.id}`) ?? []).some((fee) => fee.cycle)),
    );
    const known = (
      await tx.rows<{ key: string }>(
        `select distinct key from vouchers where plant_id = $1 and kind = 'cycle' and unit = any($2)`,
        plants.plantId,
        units.map(({ id }) => id),
      )
    ).map(({ key }) => key);
    if (!closes && known.length === 0) return 0;
    const postings = await cyclePostings(tx, plants.plantId, books, units, { asOf: this.asOf, metered });
    const open = (day: Day): Day =>
      to.closed.has(monthHolding(day, today.plant.monthStartsOn).text) ? zone.dayAt(this.asOf) : day;
    return postCycles(to, today.version, postings, known, causes, open);
  }

  // ── drafts ──

  /** The shifts that run now, as far as they have come. */
  private async draw(plant: Plant): Promise<{ drafts: number; nextEnd: Instant | undefined }> {
    const { tx, plants, asOf } = this;
    const today = plant.zone.dayAt(asOf);
    const drafts: Draft[] = [];
    let nextEnd: Instant | undefined;
    const running = new Set<string>();
    for (let day = today - 1; day <= today + 1; day += 1) {
      const opened = await this.booksOf(day);
      for (const unit of opened?.units ?? [])
        for (const shift of opened!.books.shiftsOn(unit, day)) {
          if (shift.to > asOf) nextEnd = Math.min(nextEnd ?? shift.to, shift.to);
          if (shift.from > asOf || shift.to <= asOf) continue;
          running.add(unit.id);
          drafts.push(draftOf(settleShift(opened!.books, shift), asOf));
        }
    }
    const changed = new Set(await putDrafts(tx, plants.plantId, drafts));
    const idle = plants.unitsOf(this.group).filter((unit) => !running.has(unit));
    if (idle.length > 0) await dropDrafts(tx, plants.plantId, idle);
    await addEvents(
      tx,
      plants.plantId,
      drafts
        .filter(({ unit }) => changed.has(unit))
        .map(({ unit, day, shift, team, gainFen, through }) => ({
          kind: 'draft',
          unit,
          body: { unit, day, shift, team, gainFen: gainFen ?? null, through: new Date(through).toISOString() },
        })),
    );
    return { drafts: drafts.length, nextEnd };
  }
}

const draftOf = (sheet: Sheet, asOf: Instant): Draft => ({
  unit: sheet.shift.unit,
  day: formatDay(sheet.shift.day),
  shift: sheet.shift.code,
  team: sheet.team,
  asOf,
  through: sheet.through,
  gainFen: sheet.counted?.complete ? sheet.counted.crewGainFen : undefined,
  record: JSON.stringify(ledgerRecord(sheet)),
});
