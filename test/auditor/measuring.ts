// From readings to quantities: settling.md §2, one point kind after the other, as known at T.
// Deliberately without notices; a value that cannot be had is `null` with basis missing.

import { type Calendar, type Interval, instant, intersect, lengthOf, localDay, unite } from './calendar.ts';
import { evaluate, NoValue, namesIn } from './expression.ts';
import {
  add,
  compare,
  decimalPlaces,
  div,
  type Fraction,
  fraction,
  greatest,
  hoursOf,
  inSteps,
  mul,
  ONE,
  parseDecimal,
  roundTo,
  roundToInteger,
  splitByLargestRemainder,
  splitEqually,
  sub,
  sum,
  whole,
  ZERO,
} from './fraction.ts';
import {
  cell,
  type Fact,
  knownFacts,
  type Plant,
  type Point,
  type Row,
  type StockRule,
  type Stream,
  type Unit,
} from './plant-text.ts';

export type Basis = 'measured' | 'typed' | 'shared' | 'substituted' | 'missing';
const WORSE: Basis[] = ['measured', 'typed', 'shared', 'substituted', 'missing'];
export const worst = (bases: Iterable<Basis>): Basis =>
  [...bases].reduce((a, b) => (WORSE.indexOf(b) > WORSE.indexOf(a) ? b : a), 'measured');

export interface Quantity {
  value: Fraction | null;
  basis: Basis;
  /** share of the time that is substituted; 1 when missing */
  share: Fraction;
}
const MISSING: Quantity = { value: null, basis: 'missing', share: ONE };

/** A meter's steps over a piece by share point, and the share of the meter that is substituted. */
interface Split {
  parts: bigint[];
  share: Fraction;
}

/** A value at an instant; `stretch` is the long stretch it was substituted in. */
interface Boundary {
  value: Fraction;
  unknownBefore: number;
  substitutedIn: Interval | null;
}

interface Stretch {
  increment: bigint | null;
  multiplier: bigint;
}
interface Counter {
  time: number[];
  face: bigint[];
  /** Σ increment × multiplier up to this node, in quantity steps; unknown increments as 0, counted apart */
  sum: bigint[];
  unknown: number[];
  stretch: Stretch[];
  quantityStep: Fraction;
  pieces: Map<number, Map<number, bigint>>;
}
interface Rate {
  time: number[];
  twiceArea: bigint[];
  covered: number[];
  value: (bigint | null)[];
  data: ('slope' | 'hold' | 'none')[];
}
interface Levels {
  time: number[];
  value: bigint[];
}
export interface Sample {
  id: string;
  kind: string;
  time: number;
  interval: Interval | null;
  value: Fraction | null;
  k: Fraction | null;
  n: Fraction | null;
}

/** Allowed quantity of a stream over a piece: its own standard, stock change 0, one slice. Null where it cannot be had. */
export type AllowedOver = (
  unit: Unit,
  stream: Stream,
  piece: Interval,
  day: number,
  demand: 'measured' | 'any',
) => Fraction | null;

const lastAtOrBefore = (times: readonly number[], t: number): number => {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (times[mid]! <= t) low = mid + 1;
    else high = mid;
  }
  return low - 1;
};
/** Values of a point in % enter formulas as shares of one. */
export const percentScale = (unit: string): Fraction =>
  unit === '%' ? fraction(1n, 100n) : unit === '‰' ? fraction(1n, 1000n) : ONE;

export class Meters {
  readonly plant: Plant;
  readonly calendar: Calendar;
  readonly asOf: number;
  /** an edge beside those of the calendar: the end of a draft */
  readonly extraEdge: number | null;
  allowedOver: AllowedOver = () => null;

  readonly #usable = new Map<string, { time: number; value: bigint | null }[]>();
  readonly #counters = new Map<string, Counter>();
  readonly #rates = new Map<string, Rate>();
  readonly #levels = new Map<string, Levels>();
  readonly #samples = new Map<string, Sample[]>();
  readonly #replacements: Fact[];
  readonly #confirmations: Fact[];
  readonly #exclusions: Fact[];
  readonly #uses: Map<string, { unit: Unit; stream: Stream | null; direct: boolean }[]>;
  readonly #shareSets = new Map<string, { ids: string[]; edges: number[]; units: Unit[] }>();

  constructor(plant: Plant, calendar: Calendar, asOf: number, extraEdge: number | null = null) {
    this.plant = plant;
    this.calendar = calendar;
    this.asOf = asOf;
    this.extraEdge = extraEdge;
    const at =
      (column: string) =>
      (row: Row): number =>
        instant(cell(row, column)!, plant.zone);
    this.#replacements = this.facts('replacements', at('time'));
    this.#confirmations = this.facts('confirmations', at('time'));
    this.#exclusions = this.facts('exclusions', at('from'));
    this.#uses = this.#listUses();
  }

  facts(table: string, beginning: (row: Row) => number): Fact[] {
    return knownFacts(this.plant.tables.get(table) ?? [], this.asOf, this.plant.zone, beginning);
  }
  point(id: string): Point {
    const p = this.plant.points.get(id);
    if (!p) throw new Error(`no point ${id}`);
    return p;
  }

  // ── who uses a point ──

  /** The points reached from one: through formulas, and from a share to its meter; itself included. */
  reached(id: string, into: Set<string> = new Set()): Set<string> {
    if (into.has(id) || !this.plant.points.has(id)) return into;
    into.add(id);
    const p = this.point(id);
    if (p.kind === 'share') this.reached(p.of, into);
    if (p.kind === 'formula' && p.quantity) for (const name of namesIn(p.quantity)) this.reached(name, into);
    return into;
  }
  pointOf(stream: Stream): string | null {
    return stream.flow !== null ? (this.plant.flows.get(stream.flow)?.point ?? null) : stream.point;
  }
  pointsOf(stream: Stream): Set<string> {
    const into = new Set<string>();
    const main = this.pointOf(stream);
    if (main !== null) this.reached(main, into);
    for (const rule of [stream.stock, stream.lessStock])
      if (rule) {
        this.reached(rule.point, into);
        for (const p of rule.with.values()) this.reached(p, into);
      }
    if (stream.completionPoint !== null) this.reached(stream.completionPoint, into);
    return into;
  }
  #listUses(): Map<string, { unit: Unit; stream: Stream | null; direct: boolean }[]> {
    const uses = new Map<string, { unit: Unit; stream: Stream | null; direct: boolean }[]>();
    const note = (id: string, use: { unit: Unit; stream: Stream | null; direct: boolean }): void => {
      uses.set(id, [...(uses.get(id) ?? []), use]);
    };
    for (const unit of this.plant.units.values()) {
      for (const stream of unit.streams.values()) {
        if (stream.role === 'fee' || stream.role === 'quality') continue;
        const main = this.pointOf(stream);
        for (const id of this.pointsOf(stream))
          note(id, { unit, stream, direct: id === main && stream.stock === null });
      }
      if (unit.hoursRun !== null)
        for (const id of this.reached(unit.hoursRun)) note(id, { unit, stream: null, direct: false });
    }
    return uses;
  }
  isShared(stream: Stream): boolean {
    const main = this.pointOf(stream);
    return main !== null && [...this.reached(main)].some((id) => this.point(id).kind === 'share');
  }

  // ── readings as known ──

  /** One value a time: learnt last, then the better quality, then the smaller; in steps; bad is null. */
  usable(id: string): { time: number; value: bigint | null }[] {
    const known = this.#usable.get(id);
    if (known) return known;
    const step = this.point(id).step;
    const best = new Map<number, { learntAt: number; grade: number; value: Fraction | null }>();
    for (const r of this.plant.readings.get(id) ?? []) {
      if (r.learntAt > this.asOf) continue;
      const b = best.get(r.time);
      const better =
        !b ||
        r.learntAt > b.learntAt ||
        (r.learntAt === b.learntAt &&
          (r.grade < b.grade ||
            (r.grade === b.grade && r.value !== null && b.value !== null && compare(r.value, b.value) < 0)));
      if (better) best.set(r.time, r);
    }
    const out = [...best]
      .sort((a, b) => a[0] - b[0])
      .map(([time, r]) => ({ time, value: r.grade === 2 || r.value === null ? null : inSteps(r.value, step) }));
    this.#usable.set(id, out);
    return out;
  }
  lastReading(id: string): number | null {
    const p = this.point(id);
    if (p.kind === 'counter') return this.#counter(p).time.at(-1) ?? null;
    return (
      this.usable(id)
        .filter((r) => r.value !== null)
        .at(-1)?.time ?? null
    );
  }

  /** The step in which the point's quantity is counted. */
  quantityStep(id: string): Fraction {
    const p = this.point(id);
    if (p.kind === 'rate') return p.quantityStep;
    if (p.kind === 'share') return this.quantityStep(p.of);
    if (p.kind === 'counter' || (p.kind === 'manual' && p.form === 'counter')) return this.#counter(p).quantityStep;
    return p.step;
  }

  // ── counter ──

  #counter(p: Point): Counter {
    const known = this.#counters.get(p.id);
    if (known) return known;
    const replacements = this.#replacements
      .filter((f) => cell(f.row, 'point') === p.id)
      .map((f) => ({
        time: instant(cell(f.row, 'time')!, this.plant.zone),
        id: f.id,
        oldFinal: inSteps(parseDecimal(cell(f.row, 'old_final') ?? '') ?? ZERO, p.step),
        newFirst: inSteps(parseDecimal(cell(f.row, 'new_first') ?? '') ?? ZERO, p.step),
        multiplier: cell(f.row, 'multiplier') === null ? null : parseDecimal(cell(f.row, 'multiplier')!),
      }))
      .sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
    // The step belongs to the text, not to what was known of it: every row of the table decides.
    const finest = (this.plant.tables.get('replacements') ?? [])
      .filter((row) => cell(row, 'point') === p.id && cell(row, 'multiplier') !== null)
      .map((row) => parseDecimal(cell(row, 'multiplier')!) ?? ZERO);
    const places = Math.max(...[p.multiplier, ...finest].map(decimalPlaces));
    const scale = 10n ** BigInt(places);
    const scaled = (m: Fraction): bigint => mul(m, fraction(scale)).n;
    const counter: Counter = {
      time: [],
      face: [],
      sum: [],
      unknown: [],
      stretch: [],
      quantityStep: div(p.step, fraction(scale)),
      pieces: new Map(),
    };
    let multiplier = scaled(p.multiplier);
    const node = (time: number, face: bigint, newRegister: boolean): void => {
      const i = counter.time.length - 1;
      if (i >= 0) {
        const increment = newRegister ? 0n : this.#increment(p, counter.time[i]!, counter.face[i]!, time, face);
        counter.stretch.push({ increment, multiplier });
        counter.sum.push(counter.sum[i]! + (increment ?? 0n) * multiplier);
        counter.unknown.push(counter.unknown[i]! + (increment === null ? 1 : 0));
      } else {
        counter.sum.push(0n);
        counter.unknown.push(0);
      }
      counter.time.push(time);
      counter.face.push(face);
    };
    const readings = this.usable(p.id).filter((r): r is { time: number; value: bigint } => r.value !== null);
    let next = 0;
    const replaceUpTo = (time: number): void => {
      for (let r = replacements[next]; r && r.time <= time; r = replacements[next]) {
        node(r.time, r.oldFinal, false);
        node(r.time, r.newFirst, true);
        if (r.multiplier) multiplier = scaled(r.multiplier);
        next += 1;
      }
    };
    for (const r of readings) {
      replaceUpTo(r.time);
      node(r.time, r.value, false);
    }
    replaceUpTo(Number.POSITIVE_INFINITY);
    this.#counters.set(p.id, counter);
    return counter;
  }
  #increment(p: Point, t1: number, r1: bigint, t2: number, r2: bigint): bigint | null {
    if (r2 >= r1) return r2 - r1;
    if (p.rollover && p.greatestRatePerHour) {
      const wrapped = r2 - r1 + inSteps(p.rollover, p.step);
      const most = mul(p.greatestRatePerHour, hoursOf(t2 - t1));
      if (wrapped >= 0n && compare(mul(fraction(wrapped), p.step), most) <= 0) return wrapped;
    }
    return p.drop === 'restart' ? r2 : p.drop === 'hold' ? 0n : null;
  }
  #counterAt(p: Point, t: number): Boundary | null {
    const c = this.#counter(p);
    const i = lastAtOrBefore(c.time, t);
    if (i < 0) return null;
    if (c.time[i] === t) return { value: fraction(c.sum[i]!), unknownBefore: c.unknown[i]!, substitutedIn: null };
    const stretch = c.stretch[i];
    if (!stretch || stretch.increment === null) return null;
    const t1 = c.time[i]!;
    const t2 = c.time[i + 1]!;
    if (t2 - t1 <= p.gapMs) {
      const face = roundToInteger(
        add(fraction(c.face[i]!), fraction(stretch.increment * BigInt(t - t1), BigInt(t2 - t1))),
      );
      return {
        value: fraction(c.sum[i]! + (face - c.face[i]!) * stretch.multiplier),
        unknownBefore: c.unknown[i]!,
        substitutedIn: null,
      };
    }
    const upTo = this.#outage(p, c, i).get(t);
    if (upTo === undefined) return null;
    return {
      value: fraction(c.sum[i]! + upTo * stretch.multiplier),
      unknownBefore: c.unknown[i]!,
      substitutedIn: [t1, t2],
    };
  }

  /** The increment of a long stretch, split over its pieces: edge → increment on the face up to it. */
  #outage(p: Point, c: Counter, i: number): Map<number, bigint> {
    const known = c.pieces.get(i);
    if (known) return known;
    // Whoever asks again meanwhile (hours run, of the meter itself) finds no value in it.
    c.pieces.set(i, new Map());
    const from = c.time[i]!;
    const to = c.time[i + 1]!;
    const uses = this.#uses.get(p.id) ?? [];
    const users = [...new Set(uses.map((u) => u.unit))];
    const edges = new Set<number>();
    for (const unit of users)
      for (const s of this.calendar.shiftsWithin(unit, from, to)) {
        edges.add(s.from);
        edges.add(s.to);
      }
    if (this.extraEdge !== null) edges.add(this.extraEdge);
    const cuts = [from, ...[...edges].filter((e) => e > from && e < to).sort((a, b) => a - b), to];
    const pieces = cuts.slice(1).map((b, k): Interval => [cuts[k]!, b]);
    const streams = [...new Set(uses.flatMap((u) => (u.stream ? [u.stream] : [])))];
    const sole = uses.filter((u) => u.stream !== null)[0];
    let weights: Fraction[] | null = null;
    if (
      streams.length === 1 &&
      sole?.stream &&
      sole.direct &&
      (sole.stream.role === 'input' || sole.stream.role === 'by-product')
    ) {
      const got = pieces.map((piece) =>
        this.allowedOver(
          sole.unit,
          sole.stream!,
          piece,
          this.calendar.shiftAt(sole.unit, piece[0])?.day ?? localDay(piece[0], this.plant.zone),
          'measured',
        ),
      );
      if (got.every((w): w is Fraction => w !== null)) weights = got;
    }
    const lengths = pieces.map((piece) => whole(lengthOf([piece])));
    const increment = c.stretch[i]!.increment!;
    const parts =
      (weights && splitByLargestRemainder(increment, weights)) ?? splitByLargestRemainder(increment, lengths)!;
    const out = new Map<number, bigint>();
    let upTo = 0n;
    parts.forEach((part, k) => {
      upTo += part;
      out.set(pieces[k]![1], upTo);
    });
    c.pieces.set(i, out);
    return out;
  }

  // ── rate ──

  #rate(p: Point): Rate {
    const known = this.#rates.get(p.id);
    if (known) return known;
    const nodes = this.usable(p.id);
    const rate: Rate = { time: [], twiceArea: [], covered: [], value: [], data: [] };
    nodes.forEach((node, i) => {
      const before = nodes[i - 1];
      let area = 0n;
      let covered = 0;
      if (before) {
        const length = node.time - before.time;
        const data =
          length > p.gapMs || before.value === null ? 'none' : node.value === null || p.stepped ? 'hold' : 'slope';
        rate.data.push(data);
        if (data !== 'none') {
          area = (before.value! + (data === 'slope' ? node.value! : before.value!)) * BigInt(length);
          covered = length;
        }
      }
      rate.time.push(node.time);
      rate.value.push(node.value);
      rate.twiceArea.push((rate.twiceArea[i - 1] ?? 0n) + area);
      rate.covered.push((rate.covered[i - 1] ?? 0) + covered);
    });
    this.#rates.set(p.id, rate);
    return rate;
  }
  /** ∫ value dt from the first reading on, in the point's unit × ms, exact; and the time with data. */
  #integralAt(p: Point, t: number): { area: Fraction; covered: number } {
    const r = this.#rate(p);
    const i = lastAtOrBefore(r.time, t);
    if (i < 0) return { area: ZERO, covered: 0 };
    let twice = fraction(r.twiceArea[i]!);
    let covered = r.covered[i]!;
    const data = r.data[i];
    const since = t - r.time[i]!;
    if (data !== undefined && data !== 'none' && since > 0) {
      const v1 = r.value[i]!;
      const slope =
        data === 'slope'
          ? fraction((r.value[i + 1]! - v1) * BigInt(since) * BigInt(since), BigInt(r.time[i + 1]! - r.time[i]!))
          : ZERO;
      twice = add(twice, add(fraction(2n * v1 * BigInt(since)), slope));
      covered += since;
    }
    return { area: mul(mul(twice, fraction(1n, 2n)), p.step), covered };
  }
  #ratePart(p: Point, intervals: readonly Interval[], day: number): Quantity {
    const origin = this.#integralAt(p, this.calendar.monthOrigin(day)).area;
    const unitMs = mul(p.rateHours, whole(3_600_000));
    let steps = 0n;
    let covered = 0;
    for (const [a, b] of intervals) {
      const from = this.#integralAt(p, a);
      const to = this.#integralAt(p, b);
      steps +=
        inSteps(div(sub(to.area, origin), unitMs), p.quantityStep) -
        inSteps(div(sub(from.area, origin), unitMs), p.quantityStep);
      covered += to.covered - from.covered;
    }
    const length = lengthOf(intervals);
    const coverage = length === 0 ? ONE : fraction(BigInt(covered), BigInt(length));
    const quantity = mul(fraction(steps), p.quantityStep);
    if (covered === length) return { value: quantity, basis: 'measured', share: ZERO };
    if (covered === 0 || compare(coverage, p.leastCoverage) < 0) return MISSING;
    return { value: roundTo(div(quantity, coverage), p.quantityStep), basis: 'substituted', share: sub(ONE, coverage) };
  }

  // ── level ──

  #level(p: Point): Levels {
    const known = this.#levels.get(p.id);
    if (known) return known;
    const nodes = this.usable(p.id).filter((r) => r.value !== null);
    const out = { time: nodes.map((n) => n.time), value: nodes.map((n) => n.value!) };
    this.#levels.set(p.id, out);
    return out;
  }
  levelAt(id: string, t: number): Boundary | null {
    const p = this.point(id);
    const l = this.#level(p);
    const i = lastAtOrBefore(l.time, t);
    if (i < 0) return null;
    if (l.time[i] === t) return { value: mul(fraction(l.value[i]!), p.step), unknownBefore: 0, substitutedIn: null };
    if (i + 1 >= l.time.length) return null;
    const [t1, t2] = [l.time[i]!, l.time[i + 1]!];
    const rise = fraction((l.value[i + 1]! - l.value[i]!) * BigInt(t - t1), BigInt(t2 - t1));
    const value = mul(fraction(roundToInteger(add(fraction(l.value[i]!), rise))), p.step);
    return { value, unknownBefore: 0, substitutedIn: t2 - t1 <= p.gapMs ? null : [t1, t2] };
  }

  /** A stock at an instant: its formula, in equivalent units where a point tells the completion. */
  stockAt(
    rule: StockRule,
    completionPoint: string | null,
    step: Fraction,
    t: number,
  ): { value: Fraction; substitutedIn: Interval[] } | null {
    const substitutedIn: Interval[] = [];
    const read = (id: string): Fraction => {
      const b = this.levelAt(id, t);
      if (!b) throw new NoValue(id);
      if (b.substitutedIn) substitutedIn.push(b.substitutedIn);
      return mul(b.value, percentScale(this.point(id).unit));
    };
    try {
      let value = evaluate(rule.quantity, {
        value: (name) => read(name === 'level' ? rule.point : (rule.with.get(name) ?? name)),
      });
      if (completionPoint !== null) value = mul(value, read(completionPoint));
      return { value: roundTo(value, step), substitutedIn };
    } catch (e) {
      if (e instanceof NoValue) return null;
      throw e;
    }
  }
  stockChange(
    rule: StockRule,
    completionPoint: string | null,
    step: Fraction,
    intervals: readonly Interval[],
  ): Quantity {
    let change = ZERO;
    const stretches: Interval[] = [];
    for (const [a, b] of intervals) {
      const from = this.stockAt(rule, completionPoint, step, a);
      const to = this.stockAt(rule, completionPoint, step, b);
      if (!from || !to) return MISSING;
      change = add(change, sub(to.value, from.value));
      stretches.push(...from.substitutedIn, ...to.substitutedIn);
    }
    return { value: change, ...this.#substituted(stretches, intervals, 'measured') };
  }
  #substituted(
    stretches: readonly Interval[],
    intervals: readonly Interval[],
    otherwise: Basis,
  ): { basis: Basis; share: Fraction } {
    if (stretches.length === 0) return { basis: otherwise, share: ZERO };
    const inside = lengthOf(intersect(unite(stretches), intervals));
    return { basis: 'substituted', share: fraction(BigInt(inside), BigInt(Math.max(1, lengthOf(intervals)))) };
  }

  // ── samples ──

  samples(id: string): Sample[] {
    const known = this.#samples.get(id);
    if (known) return known;
    const p = this.point(id);
    const at = (row: Row, column: string): number | null => {
      const t = cell(row, column);
      return t === null ? null : instant(t, this.plant.zone);
    };
    const facts = this.facts('samples', (row) => at(row, 'time') ?? at(row, 'from') ?? 0).filter(
      (f) => cell(f.row, 'point') === id,
    );
    const kindOf = (f: Fact): string => cell(f.row, 'kind') ?? 'routine';
    const number = (f: Fact, column: string): Fraction | null => {
      const t = cell(f.row, column);
      return t === null ? null : parseDecimal(t);
    };
    const out = facts
      .filter((f) => p.counts.includes(kindOf(f)))
      .map((f): Sample => {
        const instead =
          facts
            .filter((g) => p.replacedBy.includes(kindOf(g)) && cell(g.row, 'of') === f.id && g.id !== f.id)
            .sort(
              (a, b) =>
                (at(b.row, 'time') ?? 0) - (at(a.row, 'time') ?? 0) ||
                b.recordedAt - a.recordedAt ||
                (a.id < b.id ? 1 : -1),
            )[0] ?? f;
        const from = at(f.row, 'from');
        const to = at(f.row, 'to');
        const value = number(instead, 'value');
        return {
          id: f.id,
          kind: kindOf(f),
          time: (at(f.row, 'time') ?? to ?? 0) - p.delayMs,
          interval: from !== null && to !== null ? [from - p.delayMs, to - p.delayMs] : null,
          value: value === null ? null : roundTo(value, p.step),
          k: number(instead, 'k'),
          n: number(instead, 'n'),
        };
      });
    this.#samples.set(id, out);
    return out;
  }
  samplesWithin(id: string, intervals: readonly Interval[]): Sample[] {
    return this.samples(id).filter((s) =>
      s.interval
        ? lengthOf(intersect([s.interval], intervals)) > 0
        : intervals.some(([a, b]) => s.time >= a && s.time < b),
    );
  }

  // ── shares ──

  #shareSet(meter: string): { ids: string[]; edges: number[]; units: Unit[] } {
    const known = this.#shareSets.get(meter);
    if (known) return known;
    const ids = [...this.plant.points.values()]
      .filter((p) => p.kind === 'share' && p.of === meter)
      .map((p) => p.id)
      .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const units = [...this.plant.units.values()].filter((u) =>
      ids.some((id) => (this.#uses.get(id) ?? []).some((x) => x.unit === u && x.stream !== null)),
    );
    const set = { ids, units, edges: [] };
    this.#shareSets.set(meter, set);
    return set;
  }
  /** Elementary edges of a meter within [from, to]: of shifts, of exclusions where the meter has a value. */
  #edges(meter: string, units: readonly Unit[], from: number, to: number): number[] {
    const edges = new Set<number>();
    for (const unit of units) {
      const shifts = this.calendar.shiftsWithin(unit, from - 1, to + 1);
      for (const s of shifts) {
        edges.add(s.from);
        edges.add(s.to);
      }
      for (const [a, b] of intersect(this.exclusionsOf(unit), unite(shifts.map((s): Interval => [s.from, s.to])))) {
        for (const e of [a, b]) if (this.hasEdge(meter, e)) edges.add(e);
      }
    }
    if (this.extraEdge !== null) edges.add(this.extraEdge);
    return [...edges].filter((e) => e >= from && e <= to).sort((a, b) => a - b);
  }
  exclusionsOf(unit: Unit): Interval[] {
    return unite(
      this.#exclusions
        .filter((f) => cell(f.row, 'unit') === unit.id)
        .map((f): Interval => {
          const to = cell(f.row, 'to');
          return [
            instant(cell(f.row, 'from')!, this.plant.zone),
            to === null ? Number.MAX_SAFE_INTEGER : instant(to, this.plant.zone),
          ];
        }),
    );
  }
  #share(p: Point, intervals: readonly Interval[]): Quantity {
    const set = this.#shareSet(p.of);
    const mine = set.ids.indexOf(p.id);
    const step = this.quantityStep(p.of);
    let steps = 0n;
    let weak = ZERO;
    for (const [a, b] of intervals) {
      const edges = this.#edges(p.of, set.units, a, b);
      if (edges[0] !== a || edges.at(-1) !== b) return MISSING;
      for (let i = 1; i < edges.length; i += 1) {
        const piece: Interval = [edges[i - 1]!, edges[i]!];
        const split = this.#splitElement(p.of, set, piece, step);
        if (!split) return MISSING;
        steps += split.parts[mine]!;
        weak = add(weak, mul(split.share, whole(lengthOf([piece]))));
      }
    }
    return { value: mul(fraction(steps), step), basis: 'shared', share: div(weak, whole(lengthOf(intervals))) };
  }
  readonly #splits = new Map<string, Split | null>();
  readonly #splitting = new Set<string>();
  #splitElement(meter: string, set: { ids: string[]; units: Unit[] }, piece: Interval, step: Fraction): Split | null {
    const key = `${meter} ${piece[0]} ${piece[1]}`;
    const known = this.#splits.get(key);
    if (known !== undefined) return known;
    if (this.#splitting.has(key)) return null; // a circle: the asker cannot have it
    this.#splitting.add(key);
    const day =
      set.units.map((u) => this.calendar.shiftAt(u, piece[0])?.day).find((d) => d !== undefined) ??
      localDay(piece[0], this.plant.zone);
    const total = this.quantity(meter, [piece], day);
    let split: Split | null = null;
    if (total.value !== null) {
      const steps = inSteps(total.value, step);
      const points = set.ids.map((id) => this.point(id));
      const weights = points.every((p) => p.byAllowed)
        ? points.map((p) => this.#allowedOfShare(p.id, piece))
        : points.map((p) => p.key);
      const usable = weights.every((w): w is Fraction => w !== null) ? weights : null;
      const parts = (usable && splitByLargestRemainder(steps, usable)) ?? splitEqually(steps, points.length);
      split = { parts, share: total.share };
    }
    this.#splitting.delete(key);
    this.#splits.set(key, split);
    return split;
  }
  #allowedOfShare(id: string, piece: Interval): Fraction | null {
    const uses = (this.#uses.get(id) ?? []).filter((u) => u.stream !== null);
    const only = uses[0];
    if (uses.length !== 1 || !only?.stream) return null;
    const shift = this.calendar.shiftAt(only.unit, piece[0]);
    return shift ? this.allowedOver(only.unit, only.stream, piece, shift.day, 'any') : null;
  }

  // ── any point ──

  /** The quantity over the intervals; `day` is the accounting day that asks (a rate's integral runs from its month). */
  quantity(id: string, intervals: readonly Interval[], day: number): Quantity {
    const p = this.point(id);
    if (intervals.length === 0) return { value: ZERO, basis: 'measured', share: ZERO };
    switch (p.kind) {
      case 'counter':
        return this.#counterPart(p, intervals, 'measured');
      case 'rate':
        return this.#ratePart(p, intervals, day);
      case 'level': {
        const step = p.step;
        return this.stockChange(
          { point: id, quantity: { kind: 'name', name: 'level' }, with: new Map(), step },
          null,
          step,
          intervals,
        );
      }
      case 'batch': {
        const confirmed = new Set(
          this.#confirmations
            .filter((f) => cell(f.row, 'point') === id)
            .map((f) => instant(cell(f.row, 'time')!, this.plant.zone)),
        );
        const events = this.usable(id)
          .filter((r) => intervals.some(([a, b]) => r.time >= a && r.time < b))
          .filter((r) => !p.confirmed || confirmed.has(r.time));
        if (events.some((e) => e.value === null)) return MISSING;
        return {
          value: mul(fraction(events.reduce((n, e) => n + e.value!, 0n)), p.step),
          basis: 'measured',
          share: ZERO,
        };
      }
      case 'manual': {
        if (p.form === 'counter') return this.#counterPart(p, intervals, 'typed');
        const figures = this.usable(id).filter(
          (r) => r.value !== null && intervals.some(([a, b]) => r.time >= a && r.time < b),
        );
        if (figures.length === 0) return MISSING;
        return {
          value: mul(fraction(figures.reduce((n, e) => n + e.value!, 0n)), p.step),
          basis: 'typed',
          share: ZERO,
        };
      }
      case 'share':
        return this.#share(p, intervals);
      case 'formula': {
        // every point named counts, also in a branch not taken
        const parts = new Map([...namesIn(p.quantity!)].map((name) => [name, this.quantity(name, intervals, day)]));
        const all = [...parts.values()];
        if (all.some((q) => q.value === null)) return MISSING;
        try {
          const value = evaluate(p.quantity!, { value: (name) => parts.get(name)!.value! });
          return {
            value: roundTo(value, p.step),
            basis: worst(all.map((q) => q.basis)),
            share: all.map((q) => q.share).reduce(greatest, ZERO),
          };
        } catch (e) {
          if (e instanceof NoValue) return MISSING;
          throw e;
        }
      }
      case 'sample':
        return MISSING;
    }
  }
  #counterPart(p: Point, intervals: readonly Interval[], good: Basis): Quantity {
    const step = this.#counter(p).quantityStep;
    let steps = ZERO;
    const stretches: Interval[] = [];
    for (const [a, b] of intervals) {
      const from = this.#counterAt(p, a);
      const to = this.#counterAt(p, b);
      if (!from || !to || from.unknownBefore !== to.unknownBefore) return MISSING;
      steps = add(steps, sub(to.value, from.value));
      for (const s of [from.substitutedIn, to.substitutedIn]) if (s) stretches.push(s);
    }
    return { value: mul(steps, step), ...this.#substituted(stretches, intervals, good) };
  }

  /** Has the point a value at this edge that was not substituted? Points without a running value always do. */
  hasEdge(id: string, t: number): boolean {
    const p = this.point(id);
    const good = (b: Boundary | null): boolean => b !== null && b.substitutedIn === null;
    if (p.kind === 'counter' || (p.kind === 'manual' && p.form === 'counter')) return good(this.#counterAt(p, t));
    if (p.kind === 'level') return good(this.levelAt(id, t));
    if (p.kind === 'share') return this.hasEdge(p.of, t);
    if (p.kind === 'formula') return [...namesIn(p.quantity!)].every((name) => this.hasEdge(name, t));
    return true;
  }

  /** A given condition over a slice: its time average, or the mean of the samples of the part. Null when missing. */
  average(id: string, slice: readonly Interval[], part: readonly Interval[]): Fraction | null {
    const p = this.point(id);
    if (p.kind === 'rate') {
      let area = ZERO;
      let covered = 0;
      for (const [a, b] of slice) {
        const from = this.#integralAt(p, a);
        const to = this.#integralAt(p, b);
        area = add(area, sub(to.area, from.area));
        covered += to.covered - from.covered;
      }
      return covered === 0 ? null : roundTo(div(area, whole(covered)), p.step);
    }
    if (p.kind === 'level') {
      let area = ZERO;
      for (const [a, b] of slice) {
        const from = this.levelAt(id, a);
        const to = this.levelAt(id, b);
        if (!from || !to) return null;
        area = add(area, mul(mul(add(from.value, to.value), fraction(1n, 2n)), whole(b - a)));
      }
      const length = lengthOf(slice);
      return length === 0 ? null : roundTo(div(area, whole(length)), p.step);
    }
    if (p.kind === 'sample') {
      const values = this.samplesWithin(id, part).flatMap((s) => s.value ?? []);
      return values.length === 0 ? null : roundTo(div(sum(values), whole(values.length)), p.step);
    }
    return null;
  }
}
