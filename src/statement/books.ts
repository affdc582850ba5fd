// The books of a plant as of an instant: its model, the facts that stand, the readings that count, and what was already
// worked out from them. Settling asks here for every quantity; asking twice costs nothing and changes nothing.

import { failed } from '../formula.ts';
import {
  type Day,
  type ExclusionFact,
  type Facts,
  type FeeFact,
  type FormulaPoint,
  type LimitFact,
  monthHolding,
  type Plant,
  type Point,
  type PriceKind,
  plannedShifts,
  priceOn,
  type SamplePoint,
  type Shift,
  type StockFormula,
  type Stream,
  standing,
  type Unit,
  withSwap,
} from '../plant.ts';
import {
  compare,
  type Instant,
  type Interval,
  multiply,
  multiplyDivide,
  normalise,
  ONE,
  type Ratio,
  ratio,
  sumExact,
  toSteps,
  ZERO,
} from '../quantity.ts';
import {
  BAD,
  boundaryOf,
  type Counter,
  countingSamples,
  coveredMs,
  findOddFigures,
  gatherSeries,
  hasUnknown,
  type Log,
  type Lot,
  lastAtOrBefore,
  levelAt,
  type OddFigure,
  type Rate,
  rateQuantity,
  readCounter,
  readRate,
  type Series,
  stretchOf,
  usable,
} from '../readings.ts';

import { type Asking, type Basis, lengthOf, missing, overlapMs, type Quantity, worse } from './basis.ts';
import { sharedQuantity, splitOutage } from './shares.ts';
import { type Uses, usesOf } from './uses.ts';

/** The allowed quantity of a stream over one interval as the weight of a split; undefined when it cannot be had. */
export type Weigh = (
  books: Books,
  unit: Unit,
  stream: Stream,
  over: Interval,
  day: Day,
  asking: Asking,
  need: Need,
) => number | undefined;

/** Whether the drivers of a weight must be measured, or may be substituted too. */
export type Need = 'measured' | 'any';

export class Books {
  readonly plant: Plant;
  readonly asOf: Instant;
  readonly series: readonly Series[];
  readonly weigh: Weigh;
  readonly limits: ReadonlyMap<string, readonly LimitFact[]>;
  readonly exclusions: ReadonlyMap<string, readonly ExclusionFact[]>;
  readonly fees: ReadonlyMap<string, readonly FeeFact[]>;
  private readonly facts: { [K in keyof Facts]: Facts[K] };
  private readonly confirmed: ReadonlySet<string>;
  private readonly shiftCache = new Map<string, Shift[]>();
  private readonly counters = new Map<string, Counter>();
  private readonly rates = new Map<string, Rate>();
  private readonly levels = new Map<string, Series>();
  private readonly lots = new Map<string, Lot[]>();
  /** Meters whose split is being worked out, by meter and piece: asked again meanwhile, the split is a circle. */
  readonly splitting = new Set<string>();
  private readonly odd = new Map<string, OddFigure[]>();
  private readonly outages = new Map<string, Map<Instant, number>>();
  private readonly prices = new Map<string, number | undefined>();
  private readonly anchors = new Map<Day, Instant>();
  private usesCache: Map<string, Uses> | undefined;

  constructor(plant: Plant, facts: Facts, log: Log, asOf: Instant, weigh: Weigh) {
    this.plant = plant;
    this.asOf = asOf;
    this.weigh = weigh;
    this.series = gatherSeries(log, plant.points.length, asOf);
    this.facts = {
      limits: standing(facts.limits, asOf),
      exclusions: standing(facts.exclusions, asOf),
      fees: standing(facts.fees, asOf),
      swaps: standing(facts.swaps, asOf),
      replacements: standing(facts.replacements, asOf),
      confirmations: standing(facts.confirmations, asOf),
      samples: standing(facts.samples, asOf),
    };
    this.limits = groupBy(this.facts.limits, (x) => x.unit);
    this.exclusions = groupBy(this.facts.exclusions, (x) => x.unit);
    this.fees = groupBy(this.facts.fees, (x) => `${x.unit} ${x.stream}`);
    this.confirmed = new Set(this.facts.confirmations.map((c) => `${c.point} ${c.time}`));
  }

  // ── calendar ──

  /** The shifts of a unit on an accounting day, with the crews that really ran them. */
  shiftsOn(unit: Unit, day: Day): Shift[] {
    const key = `${unit.id} ${day}`;
    let shifts = this.shiftCache.get(key);
    if (!shifts) {
      shifts = plannedShifts(unit.rotation, this.plant.zone, unit.id, day).map((s) => withSwap(s, this.facts.swaps));
      this.shiftCache.set(key, shifts);
    }
    return shifts;
  }

  /** The shifts of a unit that overlap an interval, in order of time. */
  shiftsDuring(unit: Unit, over: Interval): Shift[] {
    const first = this.plant.zone.dayAt(over.from) - 2;
    const last = this.plant.zone.dayAt(over.to) + 2;
    const out: Shift[] = [];
    for (let day = first; day <= last; day += 1)
      for (const shift of this.shiftsOn(unit, day)) if (shift.from < over.to && shift.to > over.from) out.push(shift);
    return out.sort((a, b) => a.from - b.from);
  }

  /** The first instant of the accounting month that holds a day: from it integrals of rates run. */
  anchorOf(day: Day): Instant {
    let anchor = this.anchors.get(day);
    if (anchor === undefined) {
      anchor = this.plant.zone.at(monthHolding(day, this.plant.monthStartsOn).first, 0).at;
      this.anchors.set(day, anchor);
    }
    return anchor;
  }

  price(item: string, kind: PriceKind, day: Day): number | undefined {
    const key = `${kind} ${item} ${day}`;
    if (!this.prices.has(key)) this.prices.set(key, priceOn(this.plant, item, kind, day, this.asOf));
    return this.prices.get(key);
  }

  point(id: string): Point {
    const point = this.plant.pointById.get(id);
    if (!point) throw new RangeError(`no point ${id}`);
    return point;
  }

  // ── meters ──

  counterOf(point: Point & { kind: 'counter' }): Counter {
    let counter = this.counters.get(point.id);
    if (!counter) {
      const own = this.facts.replacements.filter((r) => r.point === point.id);
      counter = readCounter(point, this.series[point.index] as Series, own);
      this.counters.set(point.id, counter);
    }
    return counter;
  }

  rateOf(point: Point & { kind: 'rate' }): Rate {
    let rate = this.rates.get(point.id);
    if (!rate) {
      rate = readRate(this.series[point.index] as Series, point.sloped, point.gapMs);
      this.rates.set(point.id, rate);
    }
    return rate;
  }

  levelOf(point: Point): Series {
    let series = this.levels.get(point.id);
    if (!series) {
      series = usable(this.series[point.index] as Series);
      this.levels.set(point.id, series);
    }
    return series;
  }

  lotsOf(point: SamplePoint): Lot[] {
    let lots = this.lots.get(point.id);
    if (!lots) {
      lots = countingSamples(point, this.facts.samples);
      this.lots.set(point.id, lots);
    }
    return lots;
  }

  /** The typed figures of a point that nothing else of it comes near. */
  oddFigures(point: Point & { kind: 'figure' }): OddFigure[] {
    let odd = this.odd.get(point.id);
    if (!odd) {
      odd = findOddFigures(this.levelOf(point));
      this.odd.set(point.id, odd);
    }
    return odd;
  }

  // ── quantities ──

  /** What a point counted over `parts` (normalised), by its kind. */
  quantity(point: Point, parts: readonly Interval[], asking: Asking): Quantity {
    switch (point.kind) {
      case 'counter':
        return this.counted(point, parts, asking);
      case 'rate':
        return this.integrated(point, parts, asking);
      case 'batch':
      case 'figure':
        return this.summed(point, parts);
      case 'level':
        return this.levelChange(point, parts);
      case 'share':
        return sharedQuantity(this, point, parts, asking);
      case 'formula':
        return this.derived(point, parts, asking);
      case 'sample':
        return missing(lengthOf(parts));
    }
  }

  private counted(point: Point & { kind: 'counter' }, parts: readonly Interval[], asking: Asking): Quantity {
    const counter = this.counterOf(point);
    let steps = 0;
    let substituted = false;
    const weak: Interval[] = [];
    for (const part of parts) {
      if (hasUnknown(counter, part.from, part.to)) return missing(lengthOf(parts));
      for (const [at, sign] of [
        [part.to, 1],
        [part.from, -1],
      ] as const) {
        const boundary = boundaryOf(counter, at);
        if (boundary.kind === 'missing') return missing(lengthOf(parts));
        if (boundary.kind === 'measured') steps += sign * sumExact([boundary.cumulative]);
        else {
          const cumulative = this.outage(point, counter, boundary.stretch, asking).get(at);
          if (cumulative === undefined) return missing(lengthOf(parts));
          steps += sign * cumulative;
          substituted = true;
          weak.push({
            from: counter.times[boundary.stretch] as number,
            to: counter.times[boundary.stretch + 1] as number,
          });
        }
      }
    }
    const basis: Basis = substituted ? 'substituted' : point.typed ? 'typed' : 'measured';
    return { steps, basis, weakMs: overlapMs(parts, weak) };
  }

  /** Whether a counter or level has a measured value at an instant. */
  hasValueAt(point: Point, at: Instant): boolean {
    if (point.kind === 'counter') return boundaryOf(this.counterOf(point), at).kind === 'measured';
    if (point.kind === 'level') return levelAt(this.levelOf(point), point.gapMs, at).kind === 'measured';
    return point.kind !== 'figure';
  }

  /** The cumulative at the edges of the pieces of an outage. */
  private outage(
    point: Point & { kind: 'counter' },
    counter: Counter,
    node: number,
    asking: Asking,
  ): Map<Instant, number> {
    const key = `${point.id} ${node} ${asking.draftEnd ?? ''}`;
    const known = this.outages.get(key);
    if (known) return known;
    // Asked again while it is worked out, as when the meter counts the hours run too, it has nothing measured to give.
    this.outages.set(key, new Map());
    const outage = splitOutage(this, point, stretchOf(counter, node), asking);
    this.outages.set(key, outage);
    return outage;
  }

  private integrated(point: Point & { kind: 'rate' }, parts: readonly Interval[], asking: Asking): Quantity {
    const rate = this.rateOf(point);
    const total = lengthOf(parts);
    let covered = 0;
    let steps = 0;
    for (const { from, to } of parts) {
      covered += coveredMs(rate, from, to);
      steps += rateQuantity(rate, from, to, asking.anchor, point.step, point.quantityStep);
    }
    if (total === 0) return { steps: 0, basis: 'measured', weakMs: 0 };
    if (covered === total) return { steps, basis: 'measured', weakMs: 0 };
    if (covered === 0 || compare(ratio(covered, total), point.leastCoverage) < 0) return missing(total);
    return { steps: multiplyDivide(steps, total, covered), basis: 'substituted', weakMs: total - covered };
  }

  private summed(point: Point & { kind: 'batch' | 'figure' }, parts: readonly Interval[]): Quantity {
    const { times, values, quality } = this.series[point.index] as Series;
    let steps = 0;
    let found = 0;
    for (const { from, to } of parts)
      for (let i = lastAtOrBefore(times, from - 0.5) + 1; i < times.length && (times[i] as number) < to; i += 1) {
        if (point.kind === 'batch' && point.confirmed && !this.confirmed.has(`${point.id} ${times[i]}`)) continue;
        if (quality[i] === BAD) {
          if (point.kind === 'batch') return missing(lengthOf(parts));
          continue;
        }
        steps += values[i] as number;
        found += 1;
      }
    if (point.kind === 'figure') return found === 0 ? missing(lengthOf(parts)) : { steps, basis: 'typed', weakMs: 0 };
    return { steps, basis: 'measured', weakMs: 0 };
  }

  /** Events of a batch point within the parts that wait for a confirmation. */
  unconfirmed(point: Point, parts: readonly Interval[]): Instant[] {
    if (point.kind !== 'batch' || !point.confirmed) return [];
    const { times } = this.series[point.index] as Series;
    return [...times].filter(
      (t) => parts.some((p) => p.from <= t && t < p.to) && !this.confirmed.has(`${point.id} ${t}`),
    );
  }

  private levelChange(point: Point & { kind: 'level' }, parts: readonly Interval[]): Quantity {
    return this.change(parts, (at) => levelAt(this.levelOf(point), point.gapMs, at));
  }

  /** The sum over the parts of what `valueAt` rose by. */
  private change(parts: readonly Interval[], valueAt: (at: Instant) => ReturnType<typeof levelAt>): Quantity {
    let steps = 0;
    let basis: Basis = 'measured';
    const weak: Interval[] = [];
    for (const part of parts)
      for (const [at, sign] of [
        [part.to, 1],
        [part.from, -1],
      ] as const) {
        const value = valueAt(at);
        if (value.kind === 'missing') return missing(lengthOf(parts));
        steps += sign * value.steps;
        if (value.kind === 'substituted') {
          basis = 'substituted';
          weak.push(value);
        }
      }
    return { steps, basis, weakMs: overlapMs(parts, weak) };
  }

  private derived(point: FormulaPoint, parts: readonly Interval[], asking: Asking): Quantity {
    let basis: Basis = 'measured';
    let weakMs = 0;
    const values: Ratio[] = [];
    for (const id of point.reads) {
      const source = this.point(id);
      const quantity = this.quantity(source, parts, asking);
      basis = worse(basis, quantity.basis);
      weakMs = Math.max(weakMs, quantity.weakMs);
      if (quantity.steps === undefined) return missing(lengthOf(parts));
      values.push(multiply(ratio(quantity.steps), source.quantityStep.size));
    }
    const value = point.formula.exact((i) => values[i] ?? ZERO);
    return failed(value) ? missing(lengthOf(parts)) : { steps: toSteps(value, point.step), basis, weakMs };
  }

  // ── stocks ──

  /** A stock at an instant in steps of its stream: its formula (times the measured completion), rounded once. */
  stockAt(
    stock: StockFormula,
    step: { size: Ratio; places: number },
    completion: string | undefined,
    at: Instant,
  ): ReturnType<typeof levelAt> {
    let substituted: Interval | undefined;
    const read = (id: string): Ratio | undefined => {
      const point = this.point(id);
      const gapMs = point.kind === 'level' || point.kind === 'rate' ? point.gapMs : 0;
      const value = levelAt(this.levelOf(point), gapMs, at);
      if (value.kind === 'missing') return undefined;
      if (value.kind === 'substituted')
        substituted = {
          from: Math.min(value.from, substituted?.from ?? value.from),
          to: Math.max(value.to, substituted?.to ?? value.to),
        };
      return multiply(ratio(value.steps), point.step.size);
    };
    const values: Ratio[] = [];
    for (const id of stock.reads) {
      const value = read(id);
      if (!value) return { kind: 'missing' };
      values.push(value);
    }
    const share = completion === undefined ? ONE : read(completion);
    const exact = stock.formula.exact((i) => values[i] ?? ZERO);
    if (!share || failed(exact)) return { kind: 'missing' };
    const factor = completion === undefined ? ONE : this.point(completion).measure.factor;
    const steps = toSteps(multiply(exact, multiply(share, factor)), step);
    return substituted ? { kind: 'substituted', steps, ...substituted } : { kind: 'measured', steps };
  }

  /** The change of a stock over the parts (settling.md: Level). */
  stockChange(
    stock: StockFormula,
    step: { size: Ratio; places: number },
    completion: string | undefined,
    parts: readonly Interval[],
  ): Quantity {
    return this.change(parts, (at) => this.stockAt(stock, step, completion, at));
  }

  /** The exclusions of a unit cut to an interval, joined. */
  exclusionsIn(unit: Unit, over: Interval): Interval[] {
    const cuts = (this.exclusions.get(unit.id) ?? []).map((x) => ({
      from: Math.max(x.from, over.from),
      to: Math.min(x.to, over.to),
    }));
    return normalise(cuts);
  }

  // ── who uses what ──

  uses(point: string): Uses {
    this.usesCache ??= usesOf(this.plant);
    return this.usesCache.get(point) ?? { direct: [], indirect: [] };
  }
}

function groupBy<T>(list: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const out = new Map<string, T[]>();
  for (const item of list) {
    const known = out.get(key(item));
    if (known) known.push(item);
    else out.set(key(item), [item]);
  }
  return out;
}
