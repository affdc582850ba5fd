// The independent auditor of CrewLedger: reads a plant's text and raw readings itself and recomputes every shift sheet,
// posting and rank by docs/settling.md, slowly and in exact fractions. It shares no code with the product.
// Not audited: notices, the unit a limit is booked to.

import { Rules } from './allowed.ts';
import {
  Calendar,
  dayNumber,
  dayText,
  instant,
  instantText,
  localDay,
  monthBefore,
  monthOf,
  type Shift,
} from './calendar.ts';
import {
  add,
  compare,
  div,
  type Fraction,
  fraction,
  fractionText,
  isZero,
  least,
  mul,
  roundToInteger,
  splitByLargestRemainder,
  splitEqually,
  sub,
  sum,
  whole,
  ZERO,
} from './fraction.ts';
import { Meters } from './measuring.ts';
import { type AuditInput, cell, figure, knownFacts, type Plant, type Row, readPlant, type Unit } from './plant-text.ts';
import { type Part, type PartDetail, PartSettler } from './sheet.ts';

export type { AuditInput } from './plant-text.ts';
export type { Part } from './sheet.ts';
export interface AuditOptions {
  from: string;
  to: string;
  asOf?: string;
}
export interface AuditSheet {
  unit: string;
  crew: string;
  team: string;
  day: string;
  shift: string;
  from: string;
  to: string;
  state: 'draft' | 'provisional' | 'final';
  counted: Part | null;
  excluded: Part | null;
}
export interface AuditPosting {
  unit: string;
  stream: string;
  crew: string;
  day: string;
  forDay: string;
  forShift: string;
  amountFen: number;
}
export interface AuditRankRow {
  league: string;
  team: string;
  gainFen: number;
  hours: string;
  score: string | null;
  rank: number | null;
  secondGainFen: number;
  secondHours: string;
  secondScore: string | null;
  secondRank: number | null;
}

interface Settled {
  unit: Unit;
  shift: Shift;
  team: string;
  sheet: AuditSheet;
  counted: PartDetail | null;
  excluded: PartDetail | null;
}

class Audit {
  readonly plant: Plant;
  readonly asOf: number;
  readonly calendar: Calendar;
  readonly settler: PartSettler;
  readonly #settled = new Map<string, Settled>();

  constructor(input: AuditInput, asOf?: string) {
    this.plant = readPlant(input);
    this.asOf = asOf === undefined ? Number.POSITIVE_INFINITY : instant(asOf, this.plant.zone);
    this.calendar = new Calendar(this.plant, this.asOf, (rows: readonly Row[], beginning) =>
      knownFacts(rows, this.asOf, this.plant.zone, beginning),
    );
    this.settler = this.#settlerWith(null);
  }
  #settlerWith(extraEdge: number | null): PartSettler {
    const meters = new Meters(this.plant, this.calendar, this.asOf, extraEdge);
    return new PartSettler(this.plant, this.calendar, meters, new Rules(this.plant, this.calendar, meters));
  }
  teamOf(unit: string, crew: string): string {
    for (const [id, team] of this.plant.teams) if (team.crew === crew && team.units.includes(unit)) return id;
    return `${unit}/${crew}`;
  }

  settle(unit: Unit, shift: Shift): Settled {
    const key = `${unit.id} ${shift.day} ${shift.code} ${shift.crew}`;
    const known = this.#settled.get(key);
    if (known) return known;
    const team = this.teamOf(unit.id, shift.crew);
    const sheet: AuditSheet = {
      unit: unit.id,
      crew: shift.crew,
      team,
      day: dayText(shift.day),
      shift: shift.code,
      from: instantText(shift.from),
      to: instantText(shift.to),
      state: 'final',
      counted: null,
      excluded: null,
    };
    let to = shift.to;
    let settler = this.settler;
    if (this.asOf < shift.to) {
      sheet.state = 'draft';
      to = this.#draftEnd(unit, shift);
      settler = this.#settlerWith(to);
    }
    const out: Settled = { unit, shift, team, sheet, counted: null, excluded: null };
    if (to > shift.from) {
      const parts = settler.cut(unit, shift.from, to);
      if (parts.counted.length > 0) out.counted = settler.settle(unit, shift, parts.counted, true);
      if (parts.excluded.length > 0) out.excluded = settler.settle(unit, shift, parts.excluded, false);
      sheet.counted = out.counted?.part ?? null;
      sheet.excluded = out.excluded?.part ?? null;
    }
    if (sheet.state !== 'draft') {
      // A sample that the excluded part lacks holds nothing back.
      const waits = (name: string, p: Part): boolean =>
        p.basis[name] === 'missing' && (p === sheet.counted || unit.streams.get(name)?.role !== 'quality');
      const missing = [sheet.counted, sheet.excluded].some(
        (p) => p && (!p.complete || Object.keys(p.basis).some((name) => waits(name, p))),
      );
      sheet.state = !missing || this.asOf > shift.to + this.plant.cutOffMs ? 'final' : 'provisional';
    }
    this.#settled.set(key, out);
    return out;
  }
  /** A draft is settled up to the earliest last reading of the unit's counters, rates and levels. */
  #draftEnd(unit: Unit, shift: Shift): number {
    const { meters } = this.settler;
    let end = Math.min(shift.to, this.asOf);
    for (const stream of unit.streams.values()) {
      if (stream.role === 'fee' || stream.role === 'quality') continue;
      for (const id of meters.pointsOf(stream)) {
        if (!['counter', 'rate', 'level'].includes(meters.point(id).kind)) continue;
        end = Math.min(end, meters.lastReading(id) ?? Number.NEGATIVE_INFINITY);
      }
    }
    return end;
  }
  sheets(fromDay: number, toDay: number): Settled[] {
    const out: Settled[] = [];
    for (let day = fromDay; day <= toDay; day += 1) {
      for (const unit of this.plant.units.values())
        for (const shift of this.calendar.shiftsOn(unit, day)) out.push(this.settle(unit, shift));
    }
    return out;
  }

  postings(fromDay: number, toDay: number): AuditPosting[] {
    const out: AuditPosting[] = [];
    // Shifts before the first reading of any point belong to no cycle.
    const readAt = [...this.plant.points.keys()].flatMap((id) => this.settler.meters.usable(id)[0]?.time ?? []);
    const metered = readAt.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    for (const unit of this.plant.units.values()) {
      for (const stream of unit.streams.values()) {
        if (stream.periodicPerHour === null) continue;
        const rows = this.settler.fees
          .filter(
            (f) =>
              cell(f.row, 'unit') === unit.id && cell(f.row, 'stream') === stream.id && cell(f.row, 'kind') === 'cycle',
          )
          .map((f) => ({
            time: instant(cell(f.row, 'time')!, this.plant.zone),
            amount: figure(f.row, 'amount'),
            id: f.id,
          }))
          .sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
        let since = Number.NEGATIVE_INFINITY;
        for (const row of rows) {
          const from = since;
          since = row.time;
          const day = this.calendar.shiftAt(unit, row.time)?.day ?? localDay(row.time, this.plant.zone);
          if (day < fromDay || day > toDay) continue;
          if (metered === Number.POSITIVE_INFINITY) continue;
          const begins = localDay(Math.max(from, metered), this.plant.zone) - 2;
          const first = Math.max(begins, this.calendar.firstDay(unit));
          const shifts: Shift[] = [];
          for (let d = first; d <= day + 1; d += 1)
            shifts.push(
              ...this.calendar.shiftsOn(unit, d).filter((s) => s.from >= from && s.from < row.time && s.to > metered),
            );
          shifts.sort((a, b) => a.from - b.from);
          let accrued = 0n;
          const run = shifts.map((s) => {
            const { counted, excluded } = this.settle(unit, s);
            const parts = [counted, excluded].filter((p): p is PartDetail => p !== null);
            for (const p of parts) accrued += roundToInteger(mul(mul(stream.periodicPerHour!, p.hoursRun), whole(100)));
            return sum(parts.map((p) => p.hoursRun));
          });
          if (shifts.length === 0) continue;
          const difference = roundToInteger(mul(row.amount, whole(100))) - accrued;
          const amounts = splitByLargestRemainder(difference, run) ?? splitEqually(difference, shifts.length);
          for (const [i, s] of shifts.entries())
            out.push({
              unit: unit.id,
              stream: stream.id,
              crew: s.crew,
              day: dayText(day),
              forDay: dayText(s.day),
              forShift: s.code,
              amountFen: Number(amounts[i]!),
            });
        }
      }
    }
    return out;
  }

  // ── ranking ──

  readonly #medians = new Map<string, Map<string, Fraction>>();
  /** The median of each crew line over the prior accounting month, per team and unit. */
  #medianOf(team: string, unit: Unit, day: number, line: string): Fraction | null {
    const startsOn = this.plant.monthStartsOn;
    const month = monthBefore(monthOf(day, startsOn), startsOn);
    const key = `${team} ${unit.id} ${month.id}`;
    let lines = this.#medians.get(key);
    if (!lines) {
      const amounts = new Map<string, bigint[]>();
      for (let d = month.first; d <= month.last; d += 1) {
        for (const shift of this.calendar.shiftsOn(unit, d)) {
          if (this.teamOf(unit.id, shift.crew) !== team) continue;
          const { counted } = this.settle(unit, shift);
          if (!counted || !this.#counts(counted)) continue;
          for (const [name, amount] of counted.crewLines) amounts.set(name, [...(amounts.get(name) ?? []), amount]);
        }
      }
      lines = new Map(
        [...amounts].map(([name, xs]) => {
          const sorted = [...xs].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
          const half = sorted.length >> 1;
          return [
            name,
            sorted.length % 2 === 1 ? fraction(sorted[half]!) : fraction(sorted[half - 1]! + sorted[half]!, 2n),
          ];
        }),
      );
      this.#medians.set(key, lines);
    }
    return lines.get(line) ?? null;
  }
  #counts(p: PartDetail): boolean {
    return p.part.complete && compare(p.worstShare, this.plant.mostSubstituted) <= 0;
  }
  #rankedGain(s: Settled, p: PartDetail, withMedian = true): bigint {
    let gain = 0n;
    for (const [line, amount] of p.crewLines) {
      const share = least(whole(1), p.lineShares.get(line) ?? ZERO);
      if (isZero(share)) {
        gain += amount;
        continue;
      }
      const floor = withMedian ? least(ZERO, this.#medianOf(s.team, s.unit, s.shift.day, line) ?? ZERO) : ZERO;
      gain += roundToInteger(add(mul(sub(whole(1), share), fraction(amount)), mul(share, floor)));
    }
    return gain;
  }

  /** Mean and deviation of the scores of a unit's teams over the accounting month before a day's. */
  #frozen(day: number): Map<string, { mean: Fraction; deviation: Fraction }> {
    const startsOn = this.plant.monthStartsOn;
    const month = monthBefore(monthOf(day, startsOn), startsOn);
    const teams = new Map<string, { home: string; gain: bigint; hours: Fraction }>();
    for (const s of this.sheets(month.first, month.last)) {
      if (!s.counted || !this.#counts(s.counted)) continue;
      const home = this.plant.teams.get(s.team)?.units[0] ?? s.unit.id;
      const t = teams.get(s.team) ?? { home, gain: 0n, hours: ZERO };
      t.gain += this.#rankedGain(s, s.counted, false);
      t.hours = add(t.hours, s.counted.hours);
      teams.set(s.team, t);
    }
    const out = new Map<string, { mean: Fraction; deviation: Fraction }>();
    for (const unit of this.plant.units.keys()) {
      const scores = [...teams.values()]
        .filter((t) => t.home === unit && !isZero(t.hours))
        .map((t) => div(fraction(t.gain), t.hours));
      if (scores.length < 2) continue;
      const mean = div(sum(scores), whole(scores.length));
      const squares = sum(scores.map((x) => mul(sub(x, mean), sub(x, mean))));
      const millionths = mul(div(squares, whole(scores.length - 1)), fraction(10n ** 12n));
      // The root by halving, rounded down.
      let [low, high] = [0n, millionths.n / millionths.d + 1n];
      while (high - low > 1n) {
        const middle = (low + high) / 2n;
        if (middle * middle * millionths.d <= millionths.n) low = middle;
        else high = middle;
      }
      if (low > 0n) out.set(unit, { mean, deviation: fraction(low, 10n ** 6n) });
    }
    return out;
  }

  rank(fromDay: number, toDay: number): AuditRankRow[] {
    interface Tally {
      gain: bigint;
      hours: Fraction;
      secondGain: bigint;
      secondHours: Fraction;
      league: string;
      unit: string;
    }
    const tallies = new Map<string, Tally>();
    const leagueOf = (team: string, unit: string): string => {
      const home = this.plant.teams.get(team)?.units[0] ?? unit;
      for (const [id, units] of this.plant.leagues) if (units.includes(home)) return id;
      return home;
    };
    const tallyOf = (team: string, unit: string): Tally => {
      const there = tallies.get(team) ?? {
        gain: 0n,
        hours: ZERO,
        secondGain: 0n,
        secondHours: ZERO,
        league: leagueOf(team, unit),
        unit,
      };
      tallies.set(team, there);
      return there;
    };
    for (const s of this.sheets(fromDay, toDay)) {
      const tally = tallyOf(s.team, s.unit.id);
      if (s.counted && this.#counts(s.counted)) {
        const gain = this.#rankedGain(s, s.counted);
        tally.gain += gain;
        tally.secondGain += gain;
        tally.hours = add(tally.hours, s.counted.hours);
        tally.secondHours = add(tally.secondHours, s.counted.hours);
      }
      if (s.excluded && this.#counts(s.excluded)) {
        tally.secondGain += this.#rankedGain(s, s.excluded);
        tally.secondHours = add(tally.secondHours, s.excluded.hours);
      }
    }
    for (const p of this.postings(fromDay, toDay)) {
      const stream = this.plant.units.get(p.unit)!.streams.get(p.stream)!;
      if (stream.answers === 'company') continue;
      const tally = tallyOf(this.teamOf(p.unit, p.crew), p.unit);
      tally.gain -= BigInt(p.amountFen);
      tally.secondGain -= BigInt(p.amountFen);
    }
    const rows: AuditRankRow[] = [];
    for (const league of [...new Set([...tallies.values()].map((t) => t.league))]) {
      const frozen = this.plant.unlike.has(league) ? this.#frozen(fromDay) : null;
      const scoreOf = (team: string, unit: string, gain: bigint, hours: Fraction): Fraction | null => {
        if (isZero(hours)) return null;
        const raw = div(fraction(gain), hours);
        if (!frozen) return raw;
        const norm = frozen.get(this.plant.teams.get(team)?.units[0] ?? unit);
        return norm ? div(sub(raw, norm.mean), norm.deviation) : null;
      };
      const teams = [...tallies]
        .filter(([, t]) => t.league === league)
        .map(([team, t]) => ({
          team,
          ...t,
          score: scoreOf(team, t.unit, t.gain, t.hours),
          secondScore: scoreOf(team, t.unit, t.secondGain, t.secondHours),
          ranked:
            !isZero(t.hours) &&
            scoreOf(team, t.unit, t.gain, t.hours) !== null &&
            compare(t.hours, this.plant.leastHours) >= 0,
        }));
      const rankBy = (
        pick: (t: (typeof teams)[number]) => Fraction | null,
        t: (typeof teams)[number],
      ): number | null => {
        const own = pick(t);
        if (!t.ranked || own === null) return null;
        return (
          1 +
          teams.filter((o) => {
            const other = pick(o);
            return o.ranked && other !== null && compare(other, own) > 0;
          }).length
        );
      };
      const listed = teams.map(
        (t): AuditRankRow => ({
          league,
          team: t.team,
          gainFen: Number(t.gain),
          hours: fractionText(t.hours),
          score: t.score && fractionText(t.score),
          rank: rankBy((x) => x.score, t),
          secondGainFen: Number(t.secondGain),
          secondHours: fractionText(t.secondHours),
          secondScore: t.secondScore && fractionText(t.secondScore),
          secondRank: rankBy((x) => x.secondScore, t),
        }),
      );
      rows.push(...listed.sort((a, b) => (a.rank ?? 1e9) - (b.rank ?? 1e9) || (a.team < b.team ? -1 : 1)));
    }
    return rows;
  }
}

/** Every shift sheet of the accounting days from … to, in order of day, unit as declared, start. */
export function audit(input: AuditInput, options: AuditOptions): AuditSheet[] {
  return new Audit(input, options.asOf).sheets(dayNumber(options.from), dayNumber(options.to)).map((s) => s.sheet);
}

/** Postings of periodic work whose cycle was closed on the accounting days from … to; positive is a cost. */
export function auditPostings(input: AuditInput, options: AuditOptions): AuditPosting[] {
  return new Audit(input, options.asOf).postings(dayNumber(options.from), dayNumber(options.to));
}

/** The teams of every league over the accounting days from … to; score in fen per counted hour. */
export function auditRank(input: AuditInput, options: { from: string; to: string }): AuditRankRow[] {
  return new Audit(input).rank(dayNumber(options.from), dayNumber(options.to));
}

/** All of it at once, over the same books: sheets and postings of from … to, and the ranks of rankFrom … to. */
export function auditAll(
  input: AuditInput,
  options: AuditOptions & { rankFrom: string },
): { sheets: AuditSheet[]; postings: AuditPosting[]; ranks: AuditRankRow[] } {
  const books = new Audit(input, options.asOf);
  const [from, to] = [dayNumber(options.from), dayNumber(options.to)];
  return {
    sheets: books.sheets(from, to).map((s) => s.sheet),
    postings: books.postings(from, to),
    ranks: books.rank(dayNumber(options.rankFrom), to),
  };
}
