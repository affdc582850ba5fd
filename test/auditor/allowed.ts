// Prices, budget rates and allowed quantities (settling.md §5, computed stock price of §6). Pure look-ups and sums; what
// lines are made of them is in sheet.ts.

import { type Calendar, dayNumber, type Interval, lengthOf, monthById, monthOf } from './calendar.ts';
import { callsIn, evaluate, NoValue, namesIn } from './expression.ts';
import {
  add,
  commonStep,
  compare,
  div,
  type Fraction,
  greatest,
  hoursOf,
  isZero,
  least,
  mul,
  roundTo,
  sub,
  sum,
  whole,
  ZERO,
} from './fraction.ts';
import { type Meters, percentScale, type Quantity } from './measuring.ts';
import {
  type Coefficient,
  type Curve,
  cell,
  type Fact,
  figure,
  type Plant,
  priceOf,
  type Standard,
  type Stream,
  type Unit,
} from './plant-text.ts';

/** What a standard is evaluated with: one slice, on one side of the account. */
export interface Slice {
  hours: Fraction;
  drivers: ReadonlyMap<string, Fraction>;
  conditions: ReadonlyMap<string, Fraction>;
}

interface Price {
  kind: string;
  from: number;
  to: number;
  unit: string | null;
  price: Fraction;
  recordedAt: number;
  line: number;
}

function onCurve(curve: Curve, x: Fraction): Fraction {
  const at = curve.at;
  const first = at[0];
  const last = at.at(-1);
  if (!first || !last) return ZERO;
  let y = last[1];
  if (compare(x, first[0]) <= 0) y = first[1];
  else {
    for (let i = 1; i < at.length; i += 1) {
      const [x1, y1] = at[i - 1]!;
      const [x2, y2] = at[i]!;
      if (compare(x, x2) > 0) continue;
      y = add(y1, div(mul(sub(y2, y1), sub(x, x1)), sub(x2, x1)));
      break;
    }
  }
  return roundTo(y, curve.step);
}

export class Rules {
  readonly plant: Plant;
  readonly calendar: Calendar;
  readonly meters: Meters;
  readonly #prices = new Map<string, Price[]>();
  readonly #budgetRows: Fact[];
  readonly #plannedHours = new Map<string, Fraction>();

  constructor(plant: Plant, calendar: Calendar, meters: Meters) {
    this.plant = plant;
    this.calendar = calendar;
    this.meters = meters;
    this.#budgetRows = meters.facts('budgets', () => Number.NEGATIVE_INFINITY);
    meters
      .facts('prices', () => Number.NEGATIVE_INFINITY)
      .forEach(({ row, recordedAt }, line) => {
        const unit = cell(row, 'unit');
        const to = cell(row, 'to');
        const price: Price = {
          kind: cell(row, 'kind') ?? 'plan',
          from: dayNumber(cell(row, 'from')!),
          to: to === null ? Number.POSITIVE_INFINITY : dayNumber(to),
          unit: unit !== null && plant.units.has(unit) ? unit : null,
          price: priceOf(row, plant.priceStep),
          recordedAt,
          line,
        };
        const item = cell(row, 'item')!;
        this.#prices.set(item, [...(this.#prices.get(item) ?? []), price]);
      });
    meters.allowedOver = (unit, stream, piece, day, demand) => this.#allowedOverPiece(unit, stream, piece, day, demand);
  }

  // ── streams ──

  quantityStep(stream: Stream): Fraction {
    if (stream.role === 'stock') return this.step(stream);
    const point = this.meters.pointOf(stream);
    const own = point === null ? whole(1) : this.meters.quantityStep(point);
    return stream.lessStock ? commonStep(own, this.#lessStockStep(stream)) : own;
  }
  /** the step of budget, allowed quantity and stock */
  step(stream: Stream): Fraction {
    if (stream.step) return stream.step;
    if (stream.stock) return this.meters.point(stream.stock.point).step;
    return this.quantityStep(stream);
  }
  #lessStockStep(stream: Stream): Fraction {
    const rule = stream.lessStock!;
    const point = this.meters.pointOf(stream);
    return (
      rule.step ??
      stream.step ??
      (point === null ? this.meters.point(rule.point).step : this.meters.quantityStep(point))
    );
  }
  quantity(stream: Stream, intervals: readonly Interval[], day: number): Quantity {
    if (stream.stock)
      return this.meters.stockChange(stream.stock, stream.completionPoint, this.step(stream), intervals);
    const point = this.meters.pointOf(stream);
    if (point === null) return { value: null, basis: 'missing', share: whole(1) };
    const q = this.meters.quantity(point, intervals, day);
    if (!stream.lessStock) return q;
    const change = this.meters.stockChange(stream.lessStock, null, this.#lessStockStep(stream), intervals);
    if (q.value === null || change.value === null) return { value: null, basis: 'missing', share: whole(1) };
    return {
      value: sub(q.value, change.value),
      share: greatest(q.share, change.share),
      basis: change.basis === 'substituted' ? 'substituted' : q.basis,
    };
  }
  /** hours run over the intervals, at most their length; null when the point has none */
  hoursRun(
    unit: Unit,
    intervals: readonly Interval[],
    day: number,
  ): { hours: Fraction | null; basis: Quantity['basis'] } {
    const length = hoursOf(lengthOf(intervals));
    if (unit.hoursRun === null) return { hours: length, basis: 'measured' };
    const q = this.meters.quantity(unit.hoursRun, intervals, day);
    return { hours: q.value === null ? null : greatest(ZERO, least(length, q.value)), basis: q.basis };
  }

  // ── budget ──

  budgetPerHour(unit: Unit, stream: Stream, day: number): Fraction {
    const month = monthOf(day, this.plant.monthStartsOn);
    const row = this.#budgetRows
      .filter(
        (f) =>
          cell(f.row, 'unit') === unit.id && cell(f.row, 'stream') === stream.id && cell(f.row, 'month') === month.id,
      )
      .sort((a, b) => a.recordedAt - b.recordedAt || 0)
      .at(-1)?.row;
    if (row) {
      const hours =
        cell(row, 'planned_hours') !== null ? figure(row, 'planned_hours') : this.#shiftHours(unit, month.id);
      return isZero(hours) ? ZERO : div(figure(row, 'amount'), hours);
    }
    const dated = stream.budgets
      .filter((b) => b.fromDay <= day)
      .sort((a, b) => a.fromDay - b.fromDay)
      .at(-1);
    return dated?.perHour ?? stream.periodicPerHour ?? ZERO;
  }
  #shiftHours(unit: Unit, monthId: string): Fraction {
    const key = `${unit.id} ${monthId}`;
    const known = this.#plannedHours.get(key);
    if (known) return known;
    const month = monthById(monthId, this.plant.monthStartsOn);
    let ms = 0;
    for (let day = month.first; day <= month.last; day += 1)
      for (const s of this.calendar.shiftsOn(unit, day)) ms += s.to - s.from;
    this.#plannedHours.set(key, hoursOf(ms));
    return hoursOf(ms);
  }

  // ── prices ──

  price(item: string, kind: string, unit: string, day: number): Fraction | null {
    const inForce = (this.#prices.get(item) ?? []).filter(
      (p) => p.kind === kind && p.from <= day && day < p.to && (p.unit === null || p.unit === unit),
    );
    const order = (a: Price, b: Price): number =>
      Number(a.unit !== null) - Number(b.unit !== null) ||
      a.from - b.from ||
      (a.recordedAt === b.recordedAt ? 0 : a.recordedAt < b.recordedAt ? -1 : 1) ||
      a.line - b.line;
    return inForce.sort(order).at(-1)?.price ?? null;
  }
  itemOf(stream: Stream): string {
    if (stream.price !== null) return stream.price;
    if (stream.flow !== null && this.#prices.get(stream.flow)?.some((p) => p.kind === 'transfer')) return stream.flow;
    return stream.id;
  }
  /** plan price, or transfer price of a flow; with a band, of that band */
  planPrice(unit: Unit, stream: Stream, day: number, band: string | null = null): Fraction | null {
    const item = this.itemOf(stream) + (band === null ? '' : `.${band}`);
    return this.price(item, stream.flow !== null ? 'transfer' : 'plan', unit.id, day);
  }
  actualPrice(unit: Unit, stream: Stream, day: number, band: string | null = null): Fraction | null {
    return this.price(this.itemOf(stream) + (band === null ? '' : `.${band}`), 'actual', unit.id, day);
  }
  /** one price for a stream: of a banded one, the mean by profile × hours of a nominal day */
  #flatPrice(unit: Unit, stream: Stream, day: number): Fraction | null {
    const bands = stream.bands === null ? undefined : this.plant.tariffs.get(stream.bands);
    if (!bands) return this.planPrice(unit, stream, day);
    const minutes = (t: string): number => {
      const [h = 0, m = 0] = t.split(':').map(Number);
      return h * 60 + m;
    };
    const named = bands.map((b) =>
      (b.times ?? []).reduce(
        (n, [a, z]) => n + (minutes(z) > minutes(a) ? minutes(z) - minutes(a) : minutes(z) - minutes(a) + 1440),
        0,
      ),
    );
    const rest = 1440 - named.reduce((a, b) => a + b, 0);
    let weighted = ZERO;
    let weights = ZERO;
    for (const [i, band] of bands.entries()) {
      const weight = mul(band.profile, whole(band.times ? named[i]! : rest));
      if (isZero(weight)) continue;
      const price = this.planPrice(unit, stream, day, band.id);
      if (price === null) return null;
      weighted = add(weighted, mul(weight, price));
      weights = add(weights, weight);
    }
    return isZero(weights) ? null : div(weighted, weights);
  }
  /** Σ coefficient × price of a driver at budget load and budget conditions, without the fixed part; by-products reversed */
  standardCost(unit: Unit, driver: string, day: number, shiftHours: Fraction): Fraction | null {
    const load = unit.streams.get(unit.load);
    const rate = load ? this.budgetPerHour(unit, load, day) : ZERO;
    const slice: Slice = {
      hours: shiftHours,
      drivers: new Map([[unit.load, mul(rate, shiftHours)]]),
      conditions: this.budgetConditions(unit),
    };
    let cost = ZERO;
    for (const stream of unit.streams.values()) {
      const coefficient = this.standardOn(stream, day)?.coefficients.get(driver);
      if (!coefficient) continue;
      const price = this.#flatPrice(unit, stream, day);
      if (price === null) return null;
      const each = mul(this.coefficient(unit, coefficient, slice), price);
      cost = stream.role === 'by-product' ? sub(cost, each) : add(cost, each);
    }
    return cost;
  }
  /** the plan price of a stock, given or computed */
  stockPrice(unit: Unit, stock: Stream, day: number, shiftHours: Fraction): Fraction | null {
    const given = (this.#prices.get(this.itemOf(stock)) ?? []).some((p) => p.kind === 'plan');
    const own = this.standardCost(unit, stock.id, day, shiftHours);
    if (given && !stock.priceComputed) return own && this.planPrice(unit, stock, day);
    const makes = unit.streams.get(stock.makes ?? unit.load);
    const other = makes ? this.standardCost(unit, makes.id, day, shiftHours) : null;
    const sold = makes ? this.planPrice(unit, makes, day) : null;
    if (own === null || other === null || sold === null) return null;
    const completion = stock.completionPoint !== null ? whole(1) : stock.completion;
    return roundTo(add(own, mul(completion, sub(sold, other))), this.plant.priceStep);
  }

  // ── standards ──

  standardOn(stream: Stream, day: number): Standard | null {
    return (
      stream.standards
        .filter((s) => s.fromDay <= day)
        .sort((a, b) => a.fromDay - b.fromDay)
        .at(-1) ?? null
    );
  }
  budgetConditions(unit: Unit): Map<string, Fraction> {
    return new Map([...unit.conditions].map(([name, c]) => [name, c.budget]));
  }
  /** time averages; the budget value where missing */
  actualConditions(unit: Unit, slice: readonly Interval[], part: readonly Interval[]): Map<string, Fraction> {
    return new Map(
      [...unit.conditions].map(([name, c]) => [
        name,
        (c.point !== null ? this.meters.average(c.point, slice, part) : null) ?? c.budget,
      ]),
    );
  }
  #namesOf(unit: Unit, c: Coefficient): Set<string> {
    if (c.kind === 'number') return new Set();
    if (c.kind === 'curve') return new Set([c.curve.of]);
    const names = namesIn(c.formula);
    for (const name of [...names, ...callsIn(c.formula)]) {
      const curve = unit.curves.get(name);
      if (curve) names.add(curve.of);
    }
    return names;
  }
  /** what the standard reads beside its drivers: `load`, conditions, `hours` */
  readsOf(unit: Unit, standard: Standard): Set<string> {
    return new Set([...standard.coefficients.values()].flatMap((c) => [...this.#namesOf(unit, c)]));
  }
  coefficient(unit: Unit, c: Coefficient, slice: Slice): Fraction {
    if (c.kind === 'number') return c.value;
    const loadQuantity = slice.drivers.get(unit.load) ?? ZERO;
    const load = isZero(slice.hours) ? ZERO : div(loadQuantity, slice.hours);
    const raw = (name: string): Fraction => {
      if (name === 'load') return load;
      if (name === 'hours') return slice.hours;
      const condition = slice.conditions.get(name);
      if (condition) return condition;
      const curve = unit.curves.get(name);
      if (curve) return onCurve(curve, raw(curve.of));
      throw new Error(`${unit.id}: a standard reads the unknown ${name}`);
    };
    const scaled = (name: string): Fraction => {
      const point = unit.conditions.get(name)?.point;
      return point ? mul(raw(name), percentScale(this.meters.point(point).unit)) : raw(name);
    };
    if (c.kind === 'curve') return onCurve(c.curve, raw(c.curve.of));
    try {
      return roundTo(
        evaluate(c.formula, {
          value: scaled,
          call: (name, args) => {
            const curve = unit.curves.get(name);
            if (!curve) throw new Error(`${unit.id}: unknown curve ${name}`);
            return onCurve(curve, args[0] ?? raw(curve.of));
          },
        }),
        c.step,
      );
    } catch (e) {
      if (e instanceof NoValue) return ZERO;
      throw e;
    }
  }
  /** Σ coefficient × driver + fixed × hours, exact */
  allowed(unit: Unit, standard: Standard | null, slice: Slice): Fraction {
    if (!standard) return ZERO;
    const parts = [...standard.coefficients].map(([driver, c]) => {
      const q = slice.drivers.get(driver) ?? ZERO;
      return isZero(q) ? ZERO : mul(this.coefficient(unit, c, slice), q);
    });
    return add(sum(parts), mul(standard.perHourRun, slice.hours));
  }

  #allowedOverPiece(
    unit: Unit,
    stream: Stream,
    piece: Interval,
    day: number,
    demand: 'measured' | 'any',
  ): Fraction | null {
    const standard = this.standardOn(stream, day);
    if (!standard) return null;
    const good = (basis: Quantity['basis']): boolean =>
      demand === 'measured' ? basis === 'measured' : basis !== 'missing';
    const run = this.hoursRun(unit, [piece], day);
    if (run.hours === null || !good(run.basis)) return null;
    const drivers = new Map<string, Fraction>();
    const needed = [...standard.coefficients.keys(), ...(this.readsOf(unit, standard).has('load') ? [unit.load] : [])];
    for (const id of needed) {
      const driver = unit.streams.get(id);
      if (driver?.role !== 'output') continue;
      const q = this.quantity(driver, [piece], day);
      if (q.value === null || !good(q.basis)) return null;
      drivers.set(id, q.value);
    }
    const slice: Slice = { hours: run.hours, drivers, conditions: this.actualConditions(unit, [piece], [piece]) };
    return roundTo(this.allowed(unit, standard, slice), this.step(stream));
  }
}
