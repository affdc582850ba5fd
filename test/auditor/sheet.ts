// One part of one shift (settling.md §3–§7), the slow obvious way: V and V_B straight from their definitions, the lines
// from theirs, and an assertion that they agree.

import type { Rules, Slice } from './allowed.ts';
import {
  type Calendar,
  type Interval,
  instant,
  intersect,
  lengthOf,
  localDay,
  localInstant,
  type Shift,
  unite,
  without,
} from './calendar.ts';
import { evaluate, NoValue, namesIn } from './expression.ts';
import {
  add,
  commonStep,
  compare,
  decimalText,
  div,
  type Fraction,
  fraction,
  fractionText,
  greatest,
  hoursOf,
  inSteps,
  isZero,
  least,
  mul,
  roundTo,
  roundToInteger,
  splitByLargestRemainder,
  splitEqually,
  sub,
  sum,
  whole,
  ZERO,
} from './fraction.ts';
import { type Basis, type Meters, percentScale, type Quantity, type Sample } from './measuring.ts';
import { cell, type Fact, figure, type Plant, type Stream, type Unit } from './plant-text.ts';

export interface Part {
  complete: boolean;
  hours: string;
  hoursRun: string;
  quantities: Record<string, string | null>;
  basis: Record<string, Basis>;
  allowed: Record<string, string>;
  budget: Record<string, string>;
  limited: Record<string, string>;
  unordered: Record<string, string>;
  valueFen: number | null;
  budgetValueFen: number | null;
  lines: Record<string, number>;
  memo: Record<string, number>;
  crewGainFen: number | null;
  companyFen: number | null;
}

/** What ranking and periodic work need beside the part. */
export interface PartDetail {
  part: Part;
  hours: Fraction;
  hoursRun: Fraction;
  /** the lines' crew share by the ordinary answerer */
  crewLines: Map<string, bigint>;
  /** substituted or missing share per line */
  lineShares: Map<string, Fraction>;
  worstShare: Fraction;
}

const CENT = fraction(1n, 100n);
const fen = (quantity: Fraction, price: Fraction): bigint => roundToInteger(mul(mul(quantity, price), whole(100)));
const fenOf = (yuan: Fraction): bigint => roundToInteger(mul(yuan, whole(100)));
const total = (xs: Iterable<bigint>): bigint => {
  let s = 0n;
  for (const x of xs) s += x;
  return s;
};

interface Window {
  id: string;
  rate: Fraction;
  from: number;
  to: number;
}

/** The quantities of all streams, on one side of the account, over one slice or the part. */
type Amounts = ReadonlyMap<string, Fraction>;
interface Cell {
  intervals: Interval[];
  length: Fraction;
  run: Fraction;
  actual: Amounts;
  stocks: Amounts;
  ordered: Amounts;
  mixed: Amounts;
  limited: Amounts;
  budget: Amounts;
}

export class PartSettler {
  readonly plant: Plant;
  readonly calendar: Calendar;
  readonly meters: Meters;
  readonly rules: Rules;
  readonly #orders: Fact[];
  readonly #limits: Fact[];
  readonly #fees: Fact[];

  constructor(plant: Plant, calendar: Calendar, meters: Meters, rules: Rules) {
    this.plant = plant;
    this.calendar = calendar;
    this.meters = meters;
    this.rules = rules;
    const at =
      (column: string) =>
      (row: Fact['row']): number =>
        instant(cell(row, column)!, plant.zone);
    this.#orders = meters.facts('orders', at('from'));
    this.#limits = meters.facts('limits', at('from'));
    this.#fees = meters.facts('fees', at('time'));
  }
  get fees(): readonly Fact[] {
    return this.#fees;
  }

  /** The counted and the excluded intervals of a shift settled up to `to`. */
  cut(unit: Unit, from: number, to: number): { counted: Interval[]; excluded: Interval[] } {
    const shift: Interval = [from, to];
    const excluded = intersect(this.meters.exclusionsOf(unit), [shift]);
    const edges = excluded.flat().filter((e) => e > from && e < to);
    const used = new Set(
      [...unit.streams.values()]
        .filter((s) => s.role !== 'quality' && s.role !== 'fee')
        .flatMap((s) => [...this.meters.pointsOf(s)]),
    );
    for (const id of used) {
      const p = this.meters.point(id);
      if (edges.length > 0 && p.kind === 'manual' && p.form === 'figure') return { counted: [], excluded: [shift] };
      if (p.kind !== 'counter' && p.kind !== 'level' && p.kind !== 'manual') continue;
      if (edges.some((e) => !this.meters.hasEdge(id, e))) return { counted: [], excluded: [shift] };
    }
    return { counted: without([shift], excluded), excluded };
  }

  #windows(facts: readonly Fact[], unit: Unit, output: Stream): Window[] {
    return facts
      .filter((f) => cell(f.row, 'unit') === unit.id && (cell(f.row, 'output') ?? unit.load) === output.id)
      .map((f) => {
        const to = cell(f.row, 'to');
        return {
          id: f.id,
          rate: this.plant.measures.perHour(cell(f.row, 'rate')!, output.unit),
          from: Math.max(instant(cell(f.row, 'from')!, this.plant.zone), f.firstRecordedAt),
          to: to === null ? Number.MAX_SAFE_INTEGER : instant(to, this.plant.zone),
        };
      })
      .filter((w) => w.from < w.to);
  }
  /** Pieces of the intervals between neighbouring edges of the windows, with those that act. */
  #acting(windows: readonly Window[], intervals: readonly Interval[]): { piece: Interval; acting: Window[] }[] {
    return intervals.flatMap(([a, b]) => {
      const cuts = [...new Set([a, b, ...windows.flatMap((w) => [w.from, w.to]).filter((t) => t > a && t < b)])].sort(
        (x, y) => x - y,
      );
      return cuts.slice(1).map((to, i) => ({
        piece: [cuts[i]!, to] as Interval,
        acting: windows.filter((w) => w.from <= cuts[i]! && w.to >= to),
      }));
    });
  }
  #limitedOver(windows: readonly Window[], budget: Fraction, intervals: readonly Interval[], step: Fraction): Fraction {
    const pieces = this.#acting(windows, intervals);
    return roundTo(
      sum(
        pieces.map(({ piece, acting }) =>
          mul(acting.map((w) => w.rate).reduce(least, budget), hoursOf(lengthOf([piece]))),
        ),
      ),
      step,
    );
  }

  /** The hours of each band within the intervals. */
  #bandIntervals(tariff: string, intervals: readonly Interval[]): Map<string, Interval[]> {
    const bands = this.plant.tariffs.get(tariff) ?? [];
    const first = localDay(Math.min(...intervals.map((i) => i[0])), this.plant.zone) - 1;
    const last = localDay(Math.max(...intervals.map((i) => i[1])), this.plant.zone) + 1;
    const named: Interval[] = [];
    const out = new Map<string, Interval[]>();
    for (const band of bands) {
      const hours: Interval[] = [];
      for (let day = first; day <= last; day += 1) {
        for (const [a, b] of band.times ?? [])
          hours.push([
            localInstant(day, a, this.plant.zone),
            localInstant(b.padStart(5, '0') > a.padStart(5, '0') ? day : day + 1, b, this.plant.zone),
          ]);
      }
      named.push(...hours);
      out.set(band.id, intersect(intervals, unite(hours)));
    }
    for (const band of bands) if (band.times === null) out.set(band.id, without(intervals, unite(named)));
    return out;
  }

  settle(unit: Unit, shift: Shift, intervals: Interval[], counted: boolean): PartDetail {
    const { rules } = this;
    const { day } = shift;
    const shiftHours = hoursOf(shift.to - shift.from);
    const streams = [...unit.streams.values()];
    const byRole = (...roles: Stream['role'][]): Stream[] => streams.filter((s) => roles.includes(s.role));
    const outputs = byRole('output');
    const inputs = byRole('input', 'by-product');
    const stocks = byRole('stock');

    const hours = hoursOf(lengthOf(intervals));
    const hoursRun = rules.hoursRun(unit, intervals, day).hours ?? hours;

    // what was measured
    const quantities = new Map<string, Quantity>();
    for (const s of [...outputs, ...inputs, ...stocks]) quantities.set(s.id, rules.quantity(s, intervals, day));
    const measured = (s: Stream): Quantity => quantities.get(s.id)!;

    // outputs: budget, orders and limits
    const budgetRate = new Map(outputs.map((o) => [o.id, rules.budgetPerHour(unit, o, day)]));
    const budget = new Map(outputs.map((o) => [o.id, roundTo(mul(budgetRate.get(o.id)!, hours), rules.step(o))]));
    const orders = new Map(outputs.map((o) => [o.id, counted ? this.#windows(this.#orders, unit, o) : []]));
    const limits = new Map(
      outputs.map((o) => [o.id, counted ? [...orders.get(o.id)!, ...this.#windows(this.#limits, unit, o)] : []]),
    );
    const limited = new Map(
      outputs.map((o) => [
        o.id,
        counted
          ? this.#limitedOver(limits.get(o.id)!, budgetRate.get(o.id)!, intervals, rules.step(o))
          : budget.get(o.id)!,
      ]),
    );
    const outputMissing = outputs.some((o) => measured(o).value === null);

    const part: Part = {
      complete: false,
      hours: fractionText(hours),
      hoursRun: fractionText(hoursRun),
      quantities: {},
      basis: {},
      allowed: {},
      budget: {},
      limited: {},
      unordered: {},
      valueFen: null,
      budgetValueFen: null,
      lines: {},
      memo: {},
      crewGainFen: null,
      companyFen: null,
    };
    const shown = (s: Stream, q: Fraction): string => decimalText(q, rules.step(s));
    for (const o of outputs) {
      part.budget[o.id] = shown(o, budget.get(o.id)!);
      part.limited[o.id] = shown(o, limited.get(o.id)!);
    }

    // fees and samples do not wait for anything
    const fees = byRole('fee').map((s) => {
      const planned = fenOf(mul(rules.budgetPerHour(unit, s, day), hours));
      const actual =
        s.periodicPerHour !== null
          ? fenOf(mul(s.periodicPerHour, hoursRun))
          : fenOf(this.#feesWithin(unit, s, intervals));
      return { stream: s, planned, actual };
    });
    const qualities = byRole('quality').map((s) => ({ stream: s, samples: this.#usableSamples(s, intervals) }));
    for (const s of streams) {
      const q = quantities.get(s.id);
      if (q) {
        part.quantities[s.id] =
          q.value === null ? null : decimalText(q.value, s.role === 'stock' ? rules.step(s) : rules.quantityStep(s));
        part.basis[s.id] = q.basis;
      }
      const fee = fees.find((f) => f.stream === s);
      if (fee) {
        part.quantities[s.id] = decimalText(fraction(fee.actual, 100n), CENT);
        part.basis[s.id] = 'measured';
      }
      const quality = qualities.find((x) => x.stream === s);
      if (quality) {
        part.quantities[s.id] =
          quality.samples.length === 0
            ? null
            : s.window
              ? `${fractionText(sum(quality.samples.map((x) => counts(x, s).k)))}/${fractionText(sum(quality.samples.map((x) => counts(x, s).n)))}`
              : `${quality.samples.length}`;
        part.basis[s.id] = quality.samples.length === 0 ? 'missing' : 'measured';
      }
    }
    const worstShare = [...quantities.values()].map((q) => q.share).reduce(greatest, ZERO);
    const detail: PartDetail = { part, hours, hoursRun, crewLines: new Map(), lineShares: new Map(), worstShare };
    if (outputMissing) return detail;

    // unordered: what exceeds each order in its own window
    const excess = new Map<string, { amount: Fraction; acts: Interval[] }[]>();
    for (const o of outputs) {
      const acts = new Map<string, { window: Window; pieces: Interval[] }>();
      for (const { piece, acting } of this.#acting(orders.get(o.id)!, intervals)) {
        const lowest = [...acting].sort((a, b) => compare(a.rate, b.rate) || (a.id < b.id ? -1 : 1))[0];
        if (!lowest) continue;
        const there = acts.get(lowest.id);
        if (there) there.pieces.push(piece);
        else acts.set(lowest.id, { window: lowest, pieces: [piece] });
      }
      excess.set(
        o.id,
        [...acts.values()].flatMap(({ window, pieces }) => {
          const over = unite(pieces);
          const q = rules.quantity(o, over, day);
          if (q.value === null || q.basis !== 'measured') return [];
          const allowed = roundTo(mul(window.rate, hoursOf(lengthOf(over))), rules.step(o));
          return [{ amount: greatest(ZERO, sub(q.value, allowed)), acts: over }];
        }),
      );
    }
    const unordered = new Map(outputs.map((o) => [o.id, sum(excess.get(o.id)!.map((e) => e.amount))]));
    const actual = new Map(outputs.map((o) => [o.id, measured(o).value!]));
    const ordered = new Map(outputs.map((o) => [o.id, sub(actual.get(o.id)!, unordered.get(o.id)!)]));
    const mixed = this.#mixOutputs(outputs, ordered, limited);
    const change = new Map(stocks.map((k) => [k.id, measured(k).value ?? ZERO]));
    for (const o of outputs) part.unordered[o.id] = shown(o, unordered.get(o.id)!);

    // allowed quantities on every side
    const wholePart: Cell = {
      intervals,
      length: hours,
      run: hoursRun,
      actual,
      stocks: change,
      ordered,
      mixed,
      limited,
      budget,
    };
    const sides = new Map(
      inputs.map((i) => [
        i.id,
        this.#allowedOf(unit, i, day, intervals, wholePart, { outputs, stocks, budgetRate, limits, excess, counted }),
      ]),
    );
    const side =
      (name: keyof Sides) =>
      (i: Stream): Fraction =>
        sides.get(i.id)![name];
    for (const i of inputs) part.allowed[i.id] = shown(i, side('withStock')(i));

    // prices
    const bandsOf = new Map(
      inputs.flatMap((i) => (i.bands === null ? [] : [[i.id, this.#bandIntervals(i.bands, intervals)] as const])),
    );
    const price = new Map<string, Fraction | null>();
    for (const s of [...outputs, ...inputs]) if (!bandsOf.has(s.id)) price.set(s.id, rules.planPrice(unit, s, day));
    for (const k of stocks) price.set(k.id, rules.stockPrice(unit, k, day, shiftHours));
    const bandPrice = (i: Stream, band: string): Fraction | null => rules.planPrice(unit, i, day, band);
    const bandMissing = inputs.some((i) =>
      [...(bandsOf.get(i.id) ?? [])].some(([band, times]) => times.length > 0 && bandPrice(i, band) === null),
    );
    if (bandMissing || [...price.values()].some((p) => p === null)) return detail;

    // amounts in fen
    const A = (s: Stream, q: Fraction): bigint => fen(q, price.get(s.id)!);
    const byBand = (i: Stream, parts: ReadonlyMap<string, Fraction>): Map<string, bigint> =>
      new Map([...parts].map(([band, q]) => [band, fen(q, bandPrice(i, band) ?? ZERO)]));
    const allowedByBand = (i: Stream, s: Fraction): Map<string, Fraction> => {
      const bands = bandsOf.get(i.id)!;
      const lengths = [...bands.values()].map((times) => whole(lengthOf(times)));
      const profile = this.plant.tariffs.get(i.bands!)!.map((b, k) => mul(b.profile, lengths[k]!));
      const steps = inSteps(s, rules.step(i));
      const parts = splitByLargestRemainder(steps, profile) ?? splitByLargestRemainder(steps, lengths) ?? [];
      return new Map([...bands.keys()].map((band, k) => [band, mul(fraction(parts[k]!), rules.step(i))]));
    };
    const allowedFen = (i: Stream, s: Fraction): bigint =>
      bandsOf.has(i.id) ? total(byBand(i, allowedByBand(i, s)).values()) : A(i, s);
    const sign = (i: Stream): bigint => (i.role === 'by-product' ? -1n : 1n);
    const F = (q: Amounts, delta: Amounts | null, s: (i: Stream) => Fraction): bigint =>
      total(outputs.map((o) => A(o, q.get(o.id)!))) +
      (delta ? total(stocks.map((k) => A(k, delta.get(k.id)!))) : 0n) -
      total(inputs.map((i) => sign(i) * allowedFen(i, s(i))));

    // inputs as used: a missing one counts as allowed
    const used = new Map(inputs.map((i) => [i.id, measured(i).value ?? side('withStock')(i)]));
    const usedByBand = new Map(
      inputs
        .filter((i) => bandsOf.has(i.id))
        .map((i) => {
          if (measured(i).value === null) return [i.id, allowedByBand(i, used.get(i.id)!)] as const;
          const bands = bandsOf.get(i.id)!;
          const each = new Map([...bands].map(([band, times]) => [band, rules.quantity(i, times, day)]));
          if ([...each.values()].every((q) => q.value !== null && q.basis === 'measured'))
            return [i.id, new Map([...each].map(([band, q]) => [band, q.value!]))] as const;
          const step = rules.quantityStep(i);
          const parts = splitByLargestRemainder(
            inSteps(used.get(i.id)!, step),
            [...bands.values()].map((times) => whole(lengthOf(times))),
          )!;
          return [i.id, new Map([...bands.keys()].map((band, k) => [band, mul(fraction(parts[k]!), step)]))] as const;
        }),
    );
    const usedFen = (i: Stream): bigint =>
      bandsOf.has(i.id) ? total(byBand(i, usedByBand.get(i.id)!).values()) : A(i, used.get(i.id)!);

    // lines
    const lines = new Map<string, bigint>();
    lines.set('conditions', F(budget, null, side('budget')) - F(budget, null, side('budgetConditions')));
    lines.set('limit', F(limited, null, side('limited')) - F(budget, null, side('budget')));
    lines.set('unordered', F(actual, null, side('actual')) - F(ordered, null, side('ordered')));
    lines.set('output-mix', F(ordered, null, side('ordered')) - F(mixed, null, side('mixed')));
    lines.set('volume', F(mixed, null, side('mixed')) - F(limited, null, side('limited')));
    lines.set('stock', F(actual, change, side('withStock')) - F(actual, null, side('actual')));
    const crewAnswers = (s: Stream): boolean => (s.answers !== null ? s.answers === 'crew' : !this.meters.isShared(s));
    const crewLines = new Set<string>();
    const addLine = (name: string, amount: bigint, s: Stream, share: Fraction): void => {
      lines.set(name, amount);
      detail.lineShares.set(name, share);
      if (crewAnswers(s)) crewLines.add(name);
    };
    const mixes = this.#mixInputs(
      inputs.filter((i) => i.role === 'input' && !bandsOf.has(i.id)),
      quantities,
      side('withStock'),
    );
    for (const i of inputs) {
      const s = side('withStock')(i);
      const share = measured(i).share;
      const mix = mixes.get(i.id);
      if (bandsOf.has(i.id)) {
        const allowedParts = byBand(i, allowedByBand(i, s));
        const usedParts = byBand(i, usedByBand.get(i.id)!);
        for (const band of bandsOf.get(i.id)!.keys())
          addLine(`usage.${i.id}.${band}`, sign(i) * (allowedParts.get(band)! - usedParts.get(band)!), i, share);
      } else if (mix) {
        const worstOfGroup = inputs
          .filter((j) => j.mix === i.mix && mixes.has(j.id))
          .map((j) => measured(j).share)
          .reduce(greatest, ZERO);
        addLine(`mix.${i.id}`, A(i, mix) - A(i, used.get(i.id)!), i, worstOfGroup);
        addLine(`yield.${i.id}`, A(i, s) - A(i, mix), i, worstOfGroup);
      } else addLine(`usage.${i.id}`, sign(i) * (A(i, s) - A(i, used.get(i.id)!)), i, share);
    }
    for (const q of qualities) {
      addLine(
        `quality.${q.stream.id}`,
        this.#qualityFen(unit, q.stream, q.samples, intervals, day, actual),
        q.stream,
        q.samples.length === 0 ? whole(1) : ZERO,
      );
    }
    for (const f of fees) addLine(`fees.${f.stream.id}`, f.planned - f.actual, f.stream, ZERO);

    // V and V_B from their own definitions
    const qualityFen = total([...lines].filter(([name]) => name.startsWith('quality.')).map(([, x]) => x));
    const value =
      total(outputs.map((o) => A(o, actual.get(o.id)!))) +
      total(stocks.map((k) => A(k, change.get(k.id)!))) -
      total(inputs.filter((i) => i.role === 'input').map(usedFen)) +
      total(inputs.filter((i) => i.role === 'by-product').map(usedFen)) +
      qualityFen -
      total(fees.map((f) => f.actual));
    const budgetValue =
      total(outputs.map((o) => A(o, budget.get(o.id)!))) -
      total(inputs.filter((i) => i.role === 'input').map((i) => allowedFen(i, side('budgetConditions')(i)))) +
      total(inputs.filter((i) => i.role === 'by-product').map((i) => allowedFen(i, side('budgetConditions')(i)))) -
      total(fees.map((f) => f.planned));
    const sumOfLines = total(lines.values());
    if (sumOfLines !== value - budgetValue) {
      throw new Error(
        `auditor: lines of ${unit.id} ${shift.code} ${shift.day} sum to ${sumOfLines}, V − V_B = ${value} − ${budgetValue}; ${JSON.stringify([...lines].map(([k, v]) => [k, `${v}`]))}`,
      );
    }

    // who answers
    if (unit.crewSetsLoad) crewLines.add('volume');
    const stockIsCompanys = stocks.length > 0 && stocks.every((k) => k.answers === 'company');
    if (stocks.length > 0 && !stockIsCompanys) crewLines.add('stock');
    for (const name of crewLines) detail.crewLines.set(name, lines.get(name)!);
    if (crewLines.has('stock') && !unit.crewSetsLoad) {
      const margins = stocks.map((k) =>
        fen(
          change.get(k.id)!,
          sub(price.get(k.id)!, rules.standardCost(unit, k.id, day, shiftHours) ?? price.get(k.id)!),
        ),
      );
      detail.crewLines.set('stock', lines.get('stock')! - total(margins));
    }
    detail.lineShares.set('volume', outputs.map((o) => measured(o).share).reduce(greatest, ZERO));
    detail.lineShares.set('stock', stocks.map((k) => measured(k).share).reduce(greatest, ZERO));
    const gain = counted ? total(detail.crewLines.values()) : 0n;

    // memo
    for (const s of streams) {
      const q = quantities.get(s.id)?.value;
      if (q === undefined || q === null || s.role === 'stock') continue;
      const bands = usedByBand.get(s.id);
      const atActual = bands
        ? [...bands]
            .filter(([band]) => bandsOf.get(s.id)!.get(band)!.length > 0)
            .map(([band, x]) => {
              const p = rules.actualPrice(unit, s, day, band);
              return p === null ? null : fen(x, p);
            })
        : [((p: Fraction | null): bigint | null => (p === null ? null : fen(q, p)))(rules.actualPrice(unit, s, day))];
      if (atActual.length > 0 && atActual.every((x): x is bigint => x !== null)) {
        const atPlan = bands ? usedFen(s) : A(s, q);
        part.memo[`price.${s.id}`] = Number(s.role === 'input' ? atPlan - total(atActual) : total(atActual) - atPlan);
      }
      const check = s.role === 'output' && s.flow !== null ? this.plant.flows.get(s.flow)?.check : null;
      if (check) {
        const other = this.meters.quantity(check, intervals, day).value;
        if (other !== null) part.memo[`unaccounted.${s.flow}`] = Number(A(s, q) - A(s, other));
      }
    }

    part.complete = true;
    part.valueFen = Number(value);
    part.budgetValueFen = Number(budgetValue);
    part.lines = Object.fromEntries([...lines].map(([name, x]) => [name, Number(x)]));
    part.crewGainFen = Number(gain);
    part.companyFen = Number(sumOfLines - gain);
    return detail;
  }

  // ── product and mix groups ──

  #mixOutputs(outputs: readonly Stream[], ordered: Amounts, weights: Amounts): Map<string, Fraction> {
    const out = new Map(ordered);
    for (const group of new Set(outputs.flatMap((o) => o.mix ?? []))) {
      const members = outputs.filter((o) => o.mix === group);
      const step = members.map((o) => this.rules.quantityStep(o)).reduce(commonStep);
      const steps = inSteps(sum(members.map((o) => ordered.get(o.id)!)), step);
      const parts = splitByLargestRemainder(
        steps,
        members.map((o) => weights.get(o.id)!),
      );
      if (parts) for (const [k, o] of members.entries()) out.set(o.id, mul(fraction(parts[k]!), step));
    }
    return out;
  }
  /** M: the group's total split over the allowed quantities; nothing where there is no split. */
  #mixInputs(
    inputs: readonly Stream[],
    quantities: ReadonlyMap<string, Quantity>,
    allowed: (i: Stream) => Fraction,
  ): Map<string, Fraction> {
    const out = new Map<string, Fraction>();
    for (const group of new Set(inputs.flatMap((i) => i.mix ?? []))) {
      const members = inputs.filter((i) => i.mix === group);
      const used = members.map((i) => quantities.get(i.id)!.value);
      if (used.some((q) => q === null)) continue;
      const step = members.map((i) => this.rules.quantityStep(i)).reduce(commonStep);
      const parts = splitByLargestRemainder(inSteps(sum(used as Fraction[]), step), members.map(allowed));
      if (parts) for (const [k, i] of members.entries()) out.set(i.id, mul(fraction(parts[k]!), step));
    }
    return out;
  }

  // ── allowed quantities ──

  #allowedOf(
    unit: Unit,
    input: Stream,
    day: number,
    part: Interval[],
    wholePart: Cell,
    side: {
      outputs: Stream[];
      stocks: Stream[];
      budgetRate: Amounts;
      limits: ReadonlyMap<string, Window[]>;
      excess: ReadonlyMap<string, { amount: Fraction; acts: Interval[] }[]>;
      counted: boolean;
    },
  ): Sides {
    const { rules } = this;
    const standard = rules.standardOn(input, day);
    const step = rules.step(input);
    let cells: Cell[] = [wholePart];
    if (standard && input.grainMs !== null) {
      const cut = this.#cellsOf(part, input.grainMs);
      if (cut.length > 1 && this.#measuredOver(unit, standard, cut, day))
        cells = this.#fillCells(unit, cut, day, wholePart, side);
    }
    const over = (hoursOn: (c: Cell) => Fraction, drivers: (c: Cell) => Amounts, budgetConditions: boolean): Fraction =>
      roundTo(
        sum(
          cells.map((c) => {
            const conditions = budgetConditions
              ? rules.budgetConditions(unit)
              : rules.actualConditions(unit, c.intervals, part);
            const slice: Slice = { hours: hoursOn(c), drivers: drivers(c), conditions };
            return rules.allowed(unit, standard, slice);
          }),
        ),
        step,
      );
    const run = (c: Cell): Fraction => c.run;
    const length = (c: Cell): Fraction => c.length;
    return {
      actual: over(run, (c) => c.actual, false),
      withStock: over(run, (c) => new Map([...c.actual, ...c.stocks]), false),
      ordered: over(run, (c) => c.ordered, false),
      mixed: over(run, (c) => c.mixed, false),
      limited: over(length, (c) => c.limited, false),
      budget: over(length, (c) => c.budget, false),
      budgetConditions: over(length, (c) => c.budget, true),
    };
  }
  /** The part ∩ each cell of the grain, counted from every local midnight. */
  #cellsOf(part: readonly Interval[], grainMs: number): Interval[][] {
    const zone = this.plant.zone;
    const cells: Interval[][] = [];
    const end = part.at(-1)![1];
    for (let day = localDay(part[0]![0], zone); localInstant(day, '00:00', zone) < end; day += 1) {
      const next = localInstant(day + 1, '00:00', zone);
      for (let t = localInstant(day, '00:00', zone); t < next; t += grainMs) {
        const inside = intersect(part, [[t, Math.min(t + grainMs, next)]]);
        if (inside.length > 0) cells.push(inside);
      }
    }
    return cells;
  }
  #measuredOver(
    unit: Unit,
    standard: NonNullable<ReturnType<Rules['standardOn']>>,
    cells: Interval[][],
    day: number,
  ): boolean {
    const reads = this.rules.readsOf(unit, standard);
    const needed = new Set([...standard.coefficients.keys(), ...(reads.has('load') ? [unit.load] : [])]);
    const levels = [...unit.conditions]
      .filter(([name, c]) => reads.has(name) && c.point !== null && this.meters.point(c.point).kind === 'level')
      .map(([, c]) => c.point!);
    return cells.every((cell) => {
      for (const id of needed) {
        const s = unit.streams.get(id);
        if (s && (s.role === 'output' || s.role === 'stock') && this.rules.quantity(s, cell, day).basis !== 'measured')
          return false;
      }
      if (this.rules.hoursRun(unit, cell, day).basis !== 'measured') return false;
      return levels.every((id) => cell.flat().every((t) => this.meters.hasEdge(id, t)));
    });
  }
  #fillCells(
    unit: Unit,
    cut: Interval[][],
    day: number,
    wholePart: Cell,
    side: {
      outputs: Stream[];
      stocks: Stream[];
      budgetRate: Amounts;
      limits: ReadonlyMap<string, Window[]>;
      excess: ReadonlyMap<string, { amount: Fraction; acts: Interval[] }[]>;
      counted: boolean;
    },
  ): Cell[] {
    const { rules } = this;
    const outputs = side.outputs;
    // each order's excess over the cells it acts in, by the quantities within it
    const taken = cut.map(() => new Map(outputs.map((o) => [o.id, ZERO])));
    for (const o of outputs) {
      for (const e of side.excess.get(o.id)!) {
        const step = rules.quantityStep(o);
        const acting = cut.map((c, k) => ({ k, inside: intersect(c, e.acts) })).filter((x) => x.inside.length > 0);
        const steps = inSteps(e.amount, step);
        const parts =
          splitByLargestRemainder(
            steps,
            acting.map((x) => rules.quantity(o, x.inside, day).value ?? ZERO),
          ) ?? splitEqually(steps, acting.length);
        for (const [j, x] of acting.entries())
          taken[x.k]!.set(o.id, add(taken[x.k]!.get(o.id)!, mul(fraction(parts[j]!), step)));
      }
    }
    return cut.map((intervals, k) => {
      const length = hoursOf(lengthOf(intervals));
      const actual = new Map(outputs.map((o) => [o.id, rules.quantity(o, intervals, day).value ?? ZERO]));
      const ordered = new Map(outputs.map((o) => [o.id, sub(actual.get(o.id)!, taken[k]!.get(o.id)!)]));
      const budget = new Map(
        outputs.map((o) => [o.id, roundTo(mul(side.budgetRate.get(o.id)!, length), rules.step(o))]),
      );
      return {
        intervals,
        length,
        actual,
        ordered,
        budget,
        run: rules.hoursRun(unit, intervals, day).hours ?? length,
        stocks: new Map(side.stocks.map((s) => [s.id, rules.quantity(s, intervals, day).value ?? ZERO])),
        mixed: this.#mixOutputs(outputs, ordered, wholePart.limited),
        limited: side.counted
          ? new Map(
              outputs.map((o) => [
                o.id,
                this.#limitedOver(side.limits.get(o.id)!, side.budgetRate.get(o.id)!, intervals, rules.step(o)),
              ]),
            )
          : budget,
      };
    });
  }

  // ── fees and quality ──

  #feesWithin(unit: Unit, stream: Stream, intervals: readonly Interval[]): Fraction {
    return sum(
      this.#fees
        .filter(
          (f) =>
            cell(f.row, 'unit') === unit.id && cell(f.row, 'stream') === stream.id && cell(f.row, 'kind') !== 'cycle',
        )
        .filter((f) => {
          const t = instant(cell(f.row, 'time')!, this.plant.zone);
          return intervals.some(([a, b]) => t >= a && t < b);
        })
        .map((f) => div(whole(Number(fenOf(figure(f.row, 'amount')))), whole(100))),
    );
  }
  #usableSamples(stream: Stream, intervals: readonly Interval[]): Sample[] {
    const names = stream.premium ? namesIn(stream.premium) : new Set<string>();
    return this.meters
      .samplesWithin(stream.point!, intervals)
      .filter(
        (s) =>
          (!(names.has('k') || names.has('n')) || !isZero(counts(s, stream).n)) &&
          (!names.has('value') || s.value !== null),
      );
  }
  #qualityFen(
    unit: Unit,
    stream: Stream,
    samples: readonly Sample[],
    intervals: readonly Interval[],
    day: number,
    actual: Amounts,
  ): bigint {
    const output = unit.streams.get(stream.of!);
    if (!output || !stream.premium || samples.length === 0) return 0n;
    const percent = percentScale(this.meters.point(stream.point!).unit);
    const lotFen = (lot: readonly Sample[], quantity: Fraction): bigint => {
      if (lot.length === 0) return 0n;
      const values = lot.flatMap((s) => s.value ?? []);
      const reads: Record<string, () => Fraction> = {
        k: () => sum(lot.map((s) => counts(s, stream).k)),
        n: () => sum(lot.map((s) => counts(s, stream).n)),
        value: () => mul(div(sum(values), whole(values.length)), percent),
      };
      try {
        const premium = evaluate(stream.premium!, {
          value: (name) => {
            const f = reads[name];
            if (!f) throw new Error(`premium reads the unknown ${name}`);
            return f();
          },
        });
        return fen(quantity, roundTo(premium, stream.premiumStep ?? this.plant.priceStep));
      } catch (e) {
        if (e instanceof NoValue) return 0n;
        throw e;
      }
    };
    const all = actual.get(output.id)!;
    const composites = samples
      .filter((s) => s.interval !== null)
      .sort((a, b) => a.interval![0] - b.interval![0] || (a.id < b.id ? -1 : 1));
    const instants = samples.filter((s) => s.interval === null);
    let rest = all;
    let taken: Interval[] = [];
    let amount = 0n;
    for (const s of composites) {
      const own = without(intersect([s.interval!], intervals), taken);
      taken = unite([...taken, ...own]);
      if (own.length === 0) continue;
      const q = this.rules.quantity(output, own, day);
      if (q.value === null || q.basis !== 'measured') return lotFen(samples, all);
      rest = sub(rest, q.value);
      amount += lotFen([s], q.value);
    }
    return amount + lotFen(instants, rest);
  }
}

interface Sides {
  actual: Fraction;
  withStock: Fraction;
  ordered: Fraction;
  mixed: Fraction;
  limited: Fraction;
  budget: Fraction;
  budgetConditions: Fraction;
}

/** k of n of one sample: as counted, else by its value in the window, ends included. */
function counts(s: Sample, stream: Stream): { k: Fraction; n: Fraction } {
  if (s.k !== null && s.n !== null) return { k: s.k, n: s.n };
  if (s.value === null || !stream.window) return { k: ZERO, n: ZERO };
  const inside = compare(s.value, stream.window[0]) >= 0 && compare(s.value, stream.window[1]) <= 0;
  return { k: whole(inside ? 1 : 0), n: whole(1) };
}
