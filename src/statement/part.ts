// One part of a shift, counted or excluded, from quantities to lines: the chain V − V_B = conditions + limit + unordered +
// output mix + volume + stock + usage + quality + fees, each line a sum or difference of amounts rounded once.

import { failed } from '../formula.ts';
import {
  type Day,
  type InputStream,
  inForce,
  type LimitFact,
  type OutputStream,
  priceKey,
  type QualityStream,
  type Shift,
  type StockStream,
  type Stream,
  type Tariff,
  type Unit,
} from '../plant.ts';
import {
  type AmountScale,
  add,
  amountFen,
  amountScale,
  commonStep,
  compare,
  divide,
  hoursOf,
  type Instant,
  type Interval,
  intersect,
  minimum,
  multiply,
  normalise,
  ONE,
  type Ratio,
  ratio,
  roundRatio,
  type Step,
  splitLargestRemainder,
  stepOf,
  subtract,
  sumExact,
  toSteps,
  without,
  ZERO,
} from '../quantity.ts';
import { type Lot, levelAt, timeAverage } from '../readings.ts';
import { type Asking, type Basis, type Books, lengthOf, missing, type Quantity, worse } from './books.ts';
import type {
  Allowed,
  BandResult,
  FeeResult,
  InputResult,
  Line,
  LineKind,
  LotResult,
  Notice,
  OutputResult,
  Part,
  QualityResult,
  Stage,
  StockResult,
  WindowResult,
} from './sheet.ts';
import {
  allowedSteps,
  coefficientOf,
  loadOf,
  type Plan,
  planOf,
  type Slice,
  type StandardNotice,
} from './standards.ts';

const STAGES: readonly Stage[] = ['budgetGiven', 'budget', 'limited', 'mixed', 'ordered', 'outputs', 'actual'];
const CENT = stepOf(ratio(1, 100));

/** Settles one part of a shift. `intervals` are normalised and not empty. */
export function settlePart(
  books: Books,
  unit: Unit,
  shift: Shift,
  kind: Part['kind'],
  intervals: readonly Interval[],
  asking: Asking,
): Part {
  return new PartSettler(books, unit, shift, kind, intervals, asking).settle();
}

/**
 * The allowed quantity of one stream over one interval, stock changes 0, as one slice: the weight by which an outage or a
 * common meter is split. Undefined when the stream has no standard in force, or a driver or the hours run are not measured.
 */
export function weighAllowed(
  books: Books,
  unit: Unit,
  stream: Stream,
  over: Interval,
  day: Day,
  asking: Asking,
): number | undefined {
  if (stream.role !== 'input' && stream.role !== 'by-product') return undefined;
  const standard = inForce(stream.standards, day);
  if (!standard) return undefined;
  const plan = planOf(unit, stream, standard);
  const drivers = new Map<string, number>();
  for (const output of unit.streams) {
    const asked = plan.terms.some((term) => term.driver === output.id) || (plan.readsLoad && output.id === unit.load);
    if (output.role !== 'output' || !asked) continue;
    const quantity = books.quantity(books.point(output.point), [over], asking);
    if (quantity.basis !== 'measured' || quantity.steps === undefined) return undefined;
    drivers.set(output.id, quantity.steps);
  }
  const hours = hoursRunOver(books, unit, [over], asking);
  if (hours === undefined) return undefined;
  const conditions = new Map(
    unit.conditions.map((c) => [c.id, conditionOver(books, unit, c.id, [over], [over]) ?? c.budget]),
  );
  const load = loadOf(unit, drivers.get(unit.load ?? '') ?? 0, hours);
  return allowedSteps(plan, [{ drivers, hours, load, conditions }]);
}

/** Hours run over some intervals, at most their length and at least 0; undefined when not measured. */
function hoursRunOver(books: Books, unit: Unit, intervals: readonly Interval[], asking: Asking): Ratio | undefined {
  const length = hoursOf(lengthOf(intervals));
  if (unit.hoursRun === undefined) return length;
  const point = books.point(unit.hoursRun);
  const quantity = books.quantity(point, intervals, asking);
  if (quantity.steps === undefined || quantity.basis !== 'measured') return undefined;
  const hours = multiply(multiply(ratio(quantity.steps), point.quantityStep.size), point.quantityMeasure.factor);
  const capped = minimum(hours, length);
  return capped.n < 0n ? ZERO : ratio(capped.n, capped.d);
}

/** The mean of a given condition over `slice` (of samples: over `part`), on its point's step; undefined without data. */
function conditionOver(
  books: Books,
  unit: Unit,
  id: string,
  slice: readonly Interval[],
  part: readonly Interval[],
): Ratio | undefined {
  const condition = unit.conditions.find((c) => c.id === id);
  const point = books.point(condition?.point ?? '');
  const onStep = (steps: Ratio): Ratio => multiply(ratio(roundRatio(steps)), point.step.size);
  if (point.kind === 'rate') {
    const average = timeAverage(books.rateOf(point), slice);
    return average && average.coveredMs > 0 ? onStep(average.mean) : undefined;
  }
  if (point.kind === 'level') {
    let twice = 0n;
    for (const { from, to } of slice) {
      const [a, b] = [from, to].map((at) => levelAt(books.levelOf(point), point.gapMs, at));
      if (!a || !b || a.kind === 'missing' || b.kind === 'missing') return undefined;
      twice += BigInt(a.steps + b.steps) * BigInt(to - from);
    }
    const length = lengthOf(slice);
    return length === 0 ? undefined : onStep(ratio(twice, 2n * BigInt(length)));
  }
  if (point.kind !== 'sample') return undefined;
  const values = books.lotsOf(point).filter((lot) => lot.value !== undefined && isIn(lot, part));
  if (values.length === 0) return undefined;
  return onStep(ratio(sumExact(values.map((lot) => lot.value as number)), values.length));
}

const isIn = (lot: Lot, part: readonly Interval[]): boolean =>
  lot.over ? intersect([lot.over], part).length > 0 : part.some((p) => p.from <= lot.at && lot.at < p.to);

const scales = new WeakMap<object, AmountScale>();

interface Window {
  readonly fact: LimitFact;
  readonly intervals: Interval[];
}

class PartSettler {
  readonly books: Books;
  readonly unit: Unit;
  readonly shift: Shift;
  readonly kind: Part['kind'];
  readonly intervals: readonly Interval[];
  readonly asking: Asking;
  readonly length: number;
  readonly hours: Ratio;
  readonly notices: Notice[] = [];
  readonly prices = new Map<string, number>();
  private hoursRun: Ratio = ZERO;
  private complete = true;
  private outputs: OutputResult[] = [];
  private stocks: StockResult[] = [];
  private inputs: InputResult[] = [];
  private windows: { output: OutputStream; window: Window; excess: number }[] = [];
  private readonly grains = new Map<number, Record<Stage, Slice[]> | undefined>();

  constructor(
    books: Books,
    unit: Unit,
    shift: Shift,
    kind: Part['kind'],
    intervals: readonly Interval[],
    asking: Asking,
  ) {
    this.books = books;
    this.unit = unit;
    this.shift = shift;
    this.kind = kind;
    this.intervals = intervals;
    this.asking = asking;
    this.length = lengthOf(intervals);
    this.hours = hoursOf(this.length);
  }

  settle(): Part {
    const { unit } = this;
    this.hoursRun = this.findHoursRun();
    this.readPrices();
    const streams = <R extends Stream['role']>(role: R) =>
      unit.streams.filter((s): s is Stream & { role: R } => s.role === role);
    this.outputs = this.settleOutputs(streams('output'));
    const changes = new Map(streams('stock').map((stock) => [stock.id, this.stockChange(stock)]));
    const whole = this.stageSlices(undefined, changes);
    const inputStreams = unit.streams.filter((s): s is InputStream => s.role === 'input' || s.role === 'by-product');
    this.stocks = streams('stock').map((stock) => this.settleStock(stock, changes.get(stock.id) as Quantity));
    this.inputs = inputStreams.map((stream) => this.settleInput(stream, whole, changes));
    this.mixInputs();
    const qualities = streams('quality').map((stream) => this.settleQuality(stream));
    const fees = streams('fee').map((stream) => this.settleFee(stream));
    return this.assemble(qualities, fees);
  }

  private notice(code: Notice['code'], more: Omit<Notice, 'code'> = {}): void {
    this.notices.push({ code, ...more });
  }

  private findHoursRun(): Ratio {
    const hours = hoursRunOver(this.books, this.unit, this.intervals, this.asking);
    if (hours) return hours;
    const point = this.books.point(this.unit.hoursRun as string);
    const quantity = this.books.quantity(point, this.intervals, this.asking);
    if (quantity.steps !== undefined) {
      const value = multiply(multiply(ratio(quantity.steps), point.quantityStep.size), point.quantityMeasure.factor);
      const capped = minimum(value, this.hours);
      return capped.n < 0n ? ZERO : ratio(capped.n, capped.d);
    }
    this.notice('hours-run-missing', { point: point.id });
    return this.hours;
  }

  // ── prices ──

  private readPrices(): void {
    for (const stream of this.unit.streams) {
      if (stream.role === 'fee' || stream.role === 'quality' || stream.role === 'stock') continue;
      const kind = stream.flow === undefined ? 'plan' : 'transfer';
      const bands = stream.role === 'input' ? stream.tariff?.bands : undefined;
      for (const band of bands ?? [undefined]) {
        const item = band === undefined ? stream.item : `${stream.item}.${band}`;
        const price = this.books.price(item, kind, this.shift.day);
        if (price === undefined) {
          // A band without time in this part needs no price.
          if (band !== undefined && lengthOf(this.bandSpans(stream as InputStream, band)) === 0) continue;
          this.complete = false;
          this.notice('no-price', { stream: stream.id, args: { item, kind } });
        } else this.prices.set(band === undefined ? stream.id : `${stream.id}.${band}`, price);
      }
    }
  }

  private scaleOf(stream: Stream): AmountScale {
    let scale = scales.get(stream);
    if (!scale) {
      scale = amountScale(stream.step, this.books.plant.priceStep);
      scales.set(stream, scale);
    }
    return scale;
  }

  /** An amount of a quantity that is not counted in the stream's own step. */
  private amountOn(stream: Stream, steps: number, step: Step): number {
    const price = this.prices.get(stream.id);
    return price === undefined ? 0 : amountFen(steps, price, amountScale(step, this.books.plant.priceStep));
  }

  private amount(stream: Stream, steps: number, band?: string): number {
    const price = this.prices.get(band === undefined ? stream.id : `${stream.id}.${band}`);
    return price === undefined ? 0 : amountFen(steps, price, this.scaleOf(stream));
  }

  // ── outputs, orders and limits ──

  /** Units per hour on the shift's accounting day: the month's row, else the text's. */
  private budgetRate(stream: Stream & { role: 'output' | 'fee' }): Ratio {
    const { books, shift, unit } = this;
    const row = books.plant.budgets.findLast(
      (b) => b.unit === unit.id && b.stream === stream.id && b.first <= shift.day && shift.day <= b.last,
    );
    if (row) {
      let hours = row.plannedHours;
      if (!hours) {
        let ms = 0;
        for (let day = row.first; day <= row.last; day += 1)
          for (const s of books.shiftsOn(unit, day)) ms += s.to - s.from;
        hours = hoursOf(ms);
      }
      return hours.n === 0n ? ZERO : divide(row.amount, hours);
    }
    const fallback = stream.role === 'fee' && stream.periodic ? stream.periodic : ZERO;
    return inForce(stream.budget, shift.day) ?? fallback;
  }

  private settleOutputs(streams: readonly OutputStream[]): OutputResult[] {
    const drafts = streams.map((stream) => {
      const quantity = this.books.quantity(this.books.point(stream.point), this.intervals, this.asking);
      this.noticeQuantity(stream, stream.point, quantity);
      if (quantity.steps === undefined) this.complete = false;
      const rate = this.budgetRate(stream);
      const windows = this.windowsOf(stream);
      const limited = toSteps(this.limitedOver(stream, rate, windows, this.intervals), stream.step);
      const excess = sumExact(this.excesses(stream, windows, quantity).map((e) => e.excess));
      return {
        stream,
        quantity,
        budgetSteps: toSteps(multiply(rate, this.hours), stream.step),
        limitedSteps: limited,
        orderedSteps: (quantity.steps ?? 0) - excess,
      };
    });
    const mixed = this.mixedSteps(drafts);
    return drafts.map((draft, i) => ({ ...draft, mixedSteps: mixed.steps[i]!, mixedStep: mixed.step[i]! }));
  }

  /** Each output's share of its product group's total at the group's mix in B′; outside a group its own Q̂. */
  private mixedSteps(
    outputs: readonly Omit<OutputResult, 'mixedSteps' | 'mixedStep'>[],
    totals = outputs.map((o) => o.orderedSteps),
  ): { steps: number[]; step: Step[] } {
    const out = { steps: [...totals], step: outputs.map((o) => o.stream.step) };
    const groups = new Set(outputs.map((o) => o.stream.mix).filter((m) => m !== undefined));
    for (const group of groups) {
      const members = outputs.flatMap((o, i) => (o.stream.mix === group ? [i] : []));
      const weights = members.map((i) => {
        const { limitedSteps, stream } = outputs[i]!;
        return multiply(ratio(Math.max(0, limitedSteps)), stream.step.size);
      });
      if (weights.every((w) => w.n === 0n)) continue;
      const step = members.map((i) => outputs[i]!.stream.step).reduce(commonStep);
      const total = members.map((i) => multiply(ratio(totals[i]!), outputs[i]!.stream.step.size)).reduce(add, ZERO);
      const split = splitLargestRemainder(toSteps(total, step), weights);
      for (const [at, i] of members.entries()) {
        out.steps[i] = split[at]!;
        out.step[i] = step;
      }
    }
    return out;
  }

  /** The orders and limits of an output, each over the instants of this part in which it acts; none in an excluded part. */
  private windowsOf(stream: OutputStream): Window[] {
    if (this.kind === 'excluded') return [];
    const out: Window[] = [];
    for (const fact of this.books.limits.get(this.unit.id) ?? []) {
      if (fact.output !== stream.id) continue;
      const from = Math.max(fact.from, fact.firstRecordedAt);
      const intervals = from < fact.to ? intersect([{ from, to: fact.to }], this.intervals) : [];
      if (intervals.length > 0) out.push({ fact, intervals });
    }
    return out.sort((a, b) => compare(a.fact.rate, b.fact.rate) || (a.fact.id < b.fact.id ? -1 : 1));
  }

  /** The integral over `within` of the lowest of the budget rate and the rates acting, exact. */
  private limitedOver(
    _stream: OutputStream,
    rate: Ratio,
    windows: readonly Window[],
    within: readonly Interval[],
  ): Ratio {
    let sum = ZERO;
    let left = [...within];
    // Windows are sorted by rate, so the first that covers an instant is the lowest there.
    for (const window of windows) {
      if (compare(window.fact.rate, rate) >= 0) break;
      const own = intersect(window.intervals, left);
      sum = add(sum, multiply(window.fact.rate, hoursOf(lengthOf(own))));
      left = without(left, own);
    }
    return add(sum, multiply(rate, hoursOf(lengthOf(left))));
  }

  /** What the output exceeded each order by, over the instants where that order acts (the lowest of several). */
  private excesses(
    stream: OutputStream,
    windows: readonly Window[],
    quantity: Quantity,
  ): { window: Window; excess: number }[] {
    const out: { window: Window; excess: number }[] = [];
    let taken: Interval[] = [];
    for (const window of windows.filter((w) => w.fact.kind === 'order')) {
      const own = without(window.intervals, taken);
      taken = normalise([...taken, ...own]);
      let excess = 0;
      if (own.length > 0 && quantity.steps !== undefined) {
        const inside = this.books.quantity(this.books.point(stream.point), own, this.asking);
        if (inside.steps === undefined || inside.basis !== 'measured')
          this.notice('window-without-value', { stream: stream.id, args: { id: window.fact.id } });
        else
          excess = Math.max(0, inside.steps - toSteps(multiply(window.fact.rate, hoursOf(lengthOf(own))), stream.step));
      }
      const acting = { fact: window.fact, intervals: own };
      this.windows.push({ output: stream, window: acting, excess });
      out.push({ window: acting, excess });
    }
    for (const window of windows)
      if (window.fact.kind !== 'order') this.windows.push({ output: stream, window, excess: 0 });
    return out;
  }

  // ── slices and stages ──

  /** The slices of every stage: the whole part as one, or one for each cell of the plant clock. */
  private stageSlices(grainMs: number | undefined, changes: ReadonlyMap<string, Quantity>): Record<Stage, Slice[]> {
    const cells: (readonly Interval[])[] = grainMs === undefined ? [this.intervals] : this.cells(grainMs);
    const budgetConditions = new Map(this.unit.conditions.map((c) => [c.id, c.budget]));
    const out: Record<Stage, Slice[]> = {
      budgetGiven: [],
      budget: [],
      limited: [],
      mixed: [],
      ordered: [],
      outputs: [],
      actual: [],
    };
    const perCell = grainMs === undefined ? undefined : this.outputsPerCell(cells);
    const ownSteps = this.outputs.every((o) => compare(o.mixedStep.size, o.stream.step.size) === 0);
    const mixedSizes = ownSteps ? undefined : new Map(this.outputs.map((o) => [o.stream.id, o.mixedStep.size]));
    for (const [i, cell] of cells.entries()) {
      const length = hoursOf(lengthOf(cell));
      const run = perCell ? (hoursRunOver(this.books, this.unit, cell, this.asking) ?? length) : this.hoursRun;
      const conditions = this.conditionsOver(cell);
      const stage = (
        steps: (output: OutputResult, at: number) => number,
        hours: Ratio,
        given: ReadonlyMap<string, Ratio>,
        stocks?: ReadonlyMap<string, number>,
        sizes?: ReadonlyMap<string, Ratio>,
      ): Slice => {
        const drivers = new Map(this.outputs.map((o, at) => [o.stream.id, steps(o, at)]));
        const load = this.unit.load ?? '';
        const rate = loadOf(this.unit, drivers.get(load) ?? 0, hours, sizes?.get(load));
        for (const [id, change] of stocks ?? []) drivers.set(id, change);
        const slice = { drivers, hours, load: rate, conditions: given };
        return sizes ? { ...slice, sizes } : slice;
      };
      const budget = (o: OutputResult): number =>
        perCell ? toSteps(multiply(this.budgetRate(o.stream), length), o.stream.step) : o.budgetSteps;
      out.budgetGiven.push(stage(budget, length, budgetConditions));
      out.budget.push(stage(budget, length, conditions));
      out.limited.push(stage((o, at) => (perCell ? perCell.limited[at]![i]! : o.limitedSteps), length, conditions));
      out.mixed.push(
        stage((o, at) => (perCell ? perCell.mixed[at]![i]! : o.mixedSteps), run, conditions, undefined, mixedSizes),
      );
      out.ordered.push(stage((o, at) => (perCell ? perCell.ordered[at]![i]! : o.orderedSteps), run, conditions));
      const made = (o: OutputResult, at: number): number => (perCell ? perCell.made[at]![i]! : (o.quantity.steps ?? 0));
      out.outputs.push(stage(made, run, conditions));
      const stocks = new Map<string, number>();
      for (const [id, change] of changes) {
        const own = perCell
          ? this.stockChange(this.unit.streams.find((s) => s.id === id) as StockStream, cell).steps
          : change.steps;
        stocks.set(id, own ?? 0);
      }
      out.actual.push(stage(made, run, conditions, stocks));
    }
    return out;
  }

  /** The part cut at multiples of the grain from each local midnight; what falls into one cell is one slice. */
  private cells(grainMs: number): Interval[][] {
    const { zone } = this.books.plant;
    const first = this.intervals[0] as Interval;
    const last = this.intervals.at(-1) as Interval;
    const out: Interval[][] = [];
    for (let day = zone.dayAt(first.from); ; day += 1) {
      const midnight = zone.at(day, 0).at;
      const next = zone.at(day + 1, 0).at;
      if (midnight >= last.to) break;
      for (let from = midnight; from < next; from += grainMs) {
        const cell = intersect([{ from, to: Math.min(from + grainMs, next) }], this.intervals);
        if (cell.length > 0) out.push(cell);
      }
    }
    return out;
  }

  private outputsPerCell(
    cells: readonly (readonly Interval[])[],
  ): Record<'made' | 'limited' | 'ordered' | 'mixed', number[][]> {
    const made = this.outputs.map((o) =>
      cells.map((cell) => this.books.quantity(this.books.point(o.stream.point), cell, this.asking).steps ?? 0),
    );
    const limited = this.outputs.map((o) => {
      const rate = this.budgetRate(o.stream);
      const windows = this.windowsOf(o.stream);
      return cells.map((cell) => toSteps(this.limitedOver(o.stream, rate, windows, cell), o.stream.step));
    });
    const ordered = this.outputs.map((o, at) => {
      const left = [...made[at]!];
      for (const { output, window, excess } of this.windows) {
        if (output !== o.stream || excess === 0) continue;
        const weights = cells.map((cell) => {
          const inside = intersect(window.intervals, cell);
          const steps =
            inside.length === 0 ? 0 : this.books.quantity(this.books.point(o.stream.point), inside, this.asking).steps;
          return ratio(Math.max(0, steps ?? 0));
        });
        for (const [i, share] of splitLargestRemainder(excess, weights).entries()) left[i]! -= share;
      }
      return left;
    });
    const mixed = ordered.map((row) => [...row]);
    for (const [i] of cells.entries()) {
      const split = this.mixedSteps(
        this.outputs,
        ordered.map((row) => row[i]!),
      ).steps;
      for (const [at] of this.outputs.entries()) mixed[at]![i] = split[at]!;
    }
    return { made, limited, ordered, mixed };
  }

  private readonly toldConditions = new Set<string>();

  private conditionsOver(cell: readonly Interval[]): Map<string, Ratio> {
    const out = new Map<string, Ratio>();
    for (const { id, budget } of this.unit.conditions) {
      const value = conditionOver(this.books, this.unit, id, cell, this.intervals);
      if (!value && !this.toldConditions.has(id)) {
        this.toldConditions.add(id);
        this.notice('condition-missing', { args: { condition: id } });
      }
      out.set(id, value ?? budget);
    }
    return out;
  }

  /** Whether everything a standard leans on is measured at the edges of every cell of its grain. */
  private grainHolds(plan: Plan, grainMs: number): boolean {
    const isMeasured = (quantity: Quantity): boolean => quantity.basis === 'measured';
    for (const cell of this.cells(grainMs)) {
      for (const stream of this.unit.streams) {
        const named =
          plan.terms.some((term) => term.driver === stream.id) || (plan.readsLoad && stream.id === this.unit.load);
        if (!named) continue;
        if (
          stream.role === 'output' &&
          !isMeasured(this.books.quantity(this.books.point(stream.point), cell, this.asking))
        )
          return false;
        if (stream.role === 'stock' && !isMeasured(this.stockChange(stream, cell))) return false;
      }
      if (
        this.unit.hoursRun !== undefined &&
        !isMeasured(this.books.quantity(this.books.point(this.unit.hoursRun), cell, this.asking))
      )
        return false;
      for (const condition of this.unit.conditions) {
        const point = this.books.point(condition.point);
        if (!plan.conditions.includes(condition.id) || point.kind !== 'level') continue;
        if (!cell.every((p) => [p.from, p.to].every((at) => this.books.hasValueAt(point, at)))) return false;
      }
    }
    return true;
  }

  // ── stocks ──

  private stockChange(stock: StockStream, parts: readonly Interval[] = this.intervals): Quantity {
    const completion = stock.completion.kind === 'point' ? stock.completion.point : undefined;
    return this.books.stockChange(stock.quantity, stock.step, completion, parts);
  }

  private settleStock(stream: StockStream, change: Quantity): StockResult {
    this.noticeQuantity(stream, stream.quantity.point, change);
    const { books, shift, unit } = this;
    const inputs = unit.streams.filter((s): s is InputStream => s.role === 'input' || s.role === 'by-product');
    const output = unit.streams.find((s) => s.id === stream.makes) as OutputStream;
    const load = unit.streams.find((s): s is OutputStream => s.role === 'output' && s.id === unit.load);
    const slice: Slice = {
      drivers: new Map(),
      hours: hoursOf(shift.to - shift.from),
      load: load ? this.budgetRate(load) : ZERO,
      conditions: new Map(unit.conditions.map((c) => [c.id, c.budget])),
    };
    /** Σ coefficient of `driver` × plan price of each input, by-products reversed. */
    const cost = (driver: string): Ratio => {
      let sum = ZERO;
      for (const input of inputs) {
        const standard = inForce(input.standards, shift.day);
        const plan = standard && planOf(unit, input, standard);
        const term = plan?.terms.find((t) => t.driver === driver);
        if (!term) continue;
        const each = multiply(coefficientOf(term, slice), this.meanPrice(input));
        sum = input.role === 'by-product' ? subtract(sum, each) : add(sum, each);
      }
      return sum;
    };
    const ownCost = cost(stream.id);
    const priceSize = books.plant.priceStep.size;
    const listed =
      books.plant.prices.get(priceKey(stream.item, 'plan'))?.some((p) => p.recordedAt <= books.asOf) ?? false;
    let price: number | undefined;
    if (listed) price = books.price(stream.item, 'plan', shift.day);
    else if (this.complete) {
      const completion = stream.completion.kind === 'point' ? ONE : stream.completion.value;
      const outputPrice = multiply(ratio(this.prices.get(output.id) ?? 0), priceSize);
      price = toSteps(
        add(ownCost, multiply(completion, subtract(outputPrice, cost(output.id)))),
        books.plant.priceStep,
      );
    }
    if (price === undefined && listed) {
      this.complete = false;
      this.notice('no-price', { stream: stream.id, args: { item: stream.item, kind: 'plan' } });
    }
    if (price !== undefined) this.prices.set(stream.id, price);
    const margin = subtract(multiply(ratio(price ?? 0), priceSize), ownCost);
    return { stream, change, steps: change.steps ?? 0, price: price ?? 0, margin };
  }

  /** An input's plan price in yuan; with bands, weighted by profile × hours of a nominal day. */
  private meanPrice(stream: InputStream): Ratio {
    const size = this.books.plant.priceStep.size;
    if (!stream.tariff) return multiply(ratio(this.prices.get(stream.id) ?? 0), size);
    let sum = ZERO;
    let weights = ZERO;
    for (const [i, band] of stream.tariff.bands.entries()) {
      const hours = sumExact(stream.tariff.hours.filter((h) => h.band === band).map((h) => h.to - h.from));
      const weight = multiply(stream.tariff.profile[i] as Ratio, ratio(hours));
      weights = add(weights, weight);
      sum = add(sum, multiply(weight, multiply(ratio(this.prices.get(`${stream.id}.${band}`) ?? 0), size)));
    }
    return weights.n === 0n ? ZERO : divide(sum, weights);
  }

  // ── inputs ──

  private settleInput(
    stream: InputStream,
    whole: Record<Stage, Slice[]>,
    changes: ReadonlyMap<string, Quantity>,
  ): InputResult {
    const quantity = this.inputQuantity(stream);
    this.noticeQuantity(stream, stream.point, quantity);
    const standard = inForce(stream.standards, this.shift.day);
    const plan = standard && planOf(this.unit, stream, standard);
    let stages = whole;
    if (plan?.grainMs !== undefined) {
      if (this.grainHolds(plan, plan.grainMs)) {
        if (!this.grains.has(plan.grainMs)) this.grains.set(plan.grainMs, this.stageSlices(plan.grainMs, changes));
        stages = this.grains.get(plan.grainMs) as Record<Stage, Slice[]>;
      } else this.notice('grain-without-value', { stream: stream.id });
    }
    const odd: StandardNotice[] = [];
    const allowed = Object.fromEntries(
      STAGES.map((stage) => [
        stage,
        plan ? allowedSteps(plan, stages[stage], stage === 'actual' ? odd : undefined) : 0,
      ]),
    ) as unknown as Allowed;
    for (const found of odd) {
      if (found.kind === 'no-coefficient') this.notice('no-coefficient', { stream: stream.id });
      else
        this.notice('curve-clipped', {
          stream: stream.id,
          args: {
            curve: found.clip.curve,
            side: found.clip.side,
            argument: clipText(found.clip.argument),
            bound: clipText(found.clip.bound),
          },
        });
    }
    const used = quantity.steps ?? allowed.actual;
    const bands = stream.tariff ? this.bandsOf(stream, stream.tariff, quantity, used, allowed) : [];
    return { stream, quantity, used, allowed, bands, mix: undefined, slices: stages.actual };
  }

  private inputQuantity(stream: InputStream): Quantity {
    const received = this.books.quantity(this.books.point(stream.point), this.intervals, this.asking);
    if (!stream.lessStock || received.steps === undefined) return received;
    const change = this.books.stockChange(stream.lessStock, stream.step, undefined, this.intervals);
    if (change.steps === undefined) return missing(this.length);
    return {
      steps: received.steps - change.steps,
      basis: worse(received.basis, change.basis),
      weakMs: Math.max(received.weakMs, change.weakMs),
    };
  }

  /** The instants of the part that lie in a band of the stream's tariff. */
  private bandSpans(stream: InputStream, band: string): Interval[] {
    const { zone } = this.books.plant;
    const first = this.intervals[0] as Interval;
    const last = this.intervals.at(-1) as Interval;
    const spans: Interval[] = [];
    for (let day = zone.dayAt(first.from); day <= zone.dayAt(last.to); day += 1)
      for (const span of stream.tariff?.hours ?? [])
        if (span.band === band) spans.push({ from: zone.at(day, span.from).at, to: zone.at(day, span.to).at });
    return intersect(normalise(spans), this.intervals);
  }

  /** Use and allowed by the bands of the tariff. */
  private bandsOf(
    stream: InputStream,
    tariff: Tariff,
    quantity: Quantity,
    used: number,
    allowed: Allowed,
  ): BandResult[] {
    const within = tariff.bands.map((band) => this.bandSpans(stream, band));
    const lengths = within.map((parts) => ratio(lengthOf(parts)));
    const weights = tariff.profile.map((weight, i) => multiply(weight, lengths[i] as Ratio));
    const flat = weights.every((w) => w.n === 0n) ? lengths : weights;
    const byStage = Object.fromEntries(
      STAGES.map((stage) => [stage, splitLargestRemainder(allowed[stage], flat)]),
    ) as Record<Stage, number[]>;
    const at = (i: number): Allowed =>
      Object.fromEntries(STAGES.map((stage) => [stage, byStage[stage][i]])) as unknown as Allowed;
    const read = within.map((parts) =>
      parts.length === 0
        ? { steps: 0, basis: 'measured' as Basis, weakMs: 0 }
        : this.books.quantity(this.books.point(stream.point), parts, this.asking),
    );
    const measured = !stream.lessStock && quantity.basis === 'measured' && read.every((q) => q.basis === 'measured');
    if (quantity.steps === undefined)
      return tariff.bands.map((band, i) => ({ band, used: at(i).actual, allowed: at(i) }));
    if (!measured) this.notice('band-without-value', { stream: stream.id });
    const split = measured ? read.map((q) => q.steps as number) : splitLargestRemainder(used, lengths);
    return tariff.bands.map((band, i) => ({ band, used: split[i] as number, allowed: at(i) }));
  }

  /** Gives each member of a mix group its share of the group's total at the standard mix. */
  private mixInputs(): void {
    const groups = new Set(this.inputs.map((i) => i.stream.mix).filter((m) => m !== undefined));
    for (const group of groups) {
      const members = this.inputs.filter((i) => i.stream.mix === group);
      const weights = members.map((m) => multiply(ratio(Math.max(0, m.allowed.actual)), m.stream.step.size));
      if (members.some((m) => m.quantity.steps === undefined) || weights.every((w) => w.n === 0n)) continue;
      const step = members.map((m) => m.stream.step).reduce(commonStep);
      const total = members.map((m) => multiply(ratio(m.used), m.stream.step.size)).reduce(add, ZERO);
      const split = splitLargestRemainder(toSteps(total, step), weights);
      this.inputs = this.inputs.map((input) => {
        const at = members.indexOf(input);
        return at < 0 ? input : { ...input, mix: { steps: split[at]!, step } };
      });
    }
  }

  // ── quality and fees ──

  private settleQuality(stream: QualityStream): QualityResult {
    const point = this.books.point(stream.point);
    const output = this.outputs.find((o) => o.stream.id === stream.of) as OutputResult;
    if (point.kind !== 'sample') return { stream, lots: [], shown: '', basis: 'missing', fen: 0 };
    const reads = stream.premium.reads;
    const needsCount = reads.includes('k') || reads.includes('n');
    const judged = this.books
      .lotsOf(point)
      .filter((lot) => isIn(lot, this.intervals))
      .map((lot) => ({ ...lot, ...this.judge(stream, lot, point.step.size) }))
      .filter(
        (lot) => (needsCount ? (lot.n ?? 0) > 0 : true) && (reads.includes('value') ? lot.value !== undefined : true),
      );
    for (const lot of judged)
      if (lot.replacedBy !== undefined)
        this.notice('sample-replaced', { stream: stream.id, args: { id: lot.id, by: lot.replacedBy } });
    const shown = stream.window
      ? `${sumExact(judged.map((l) => l.k ?? 0))}/${sumExact(judged.map((l) => l.n ?? 0))}`
      : String(judged.length);
    if (judged.length === 0) {
      this.notice('no-sample', { stream: stream.id });
      return { stream, lots: [], shown, basis: 'missing', fen: 0 };
    }
    let left: Interval[] = [...this.intervals];
    let rest = output.quantity.steps ?? 0;
    const lots: { members: typeof judged; tonnes: number }[] = [];
    for (const lot of judged
      .filter((l) => l.over)
      .sort((a, b) => (a.over as Interval).from - (b.over as Interval).from || (a.id < b.id ? -1 : 1))) {
      const own = intersect([lot.over as Interval], left);
      const tonnes =
        own.length === 0
          ? { steps: 0, basis: 'measured' as Basis }
          : this.books.quantity(this.books.point(output.stream.point), own, this.asking);
      if (tonnes.steps === undefined || tonnes.basis !== 'measured') {
        this.notice('lots-without-tonnes', { stream: stream.id, args: { id: lot.id } });
        lots.length = 0;
        rest = output.quantity.steps ?? 0;
        lots.push({ members: judged, tonnes: rest });
        rest = 0;
        break;
      }
      left = without(left, own);
      rest -= tonnes.steps;
      lots.push({ members: [lot], tonnes: tonnes.steps });
    }
    const instants = judged.filter((l) => !l.over);
    const all = lots.some((l) => l.members === judged);
    if (!all && instants.length > 0) lots.push({ members: instants, tonnes: rest });
    const results = lots.map((lot) => this.priceLot(stream, lot.members, lot.tonnes, point.step.size, output));
    return { stream, lots: results, shown, basis: 'measured', fen: sumExact(results.map((l) => l.fen)) };
  }

  /** The count a sample stands for: as counted by the laboratory, else by the window. */
  private judge(stream: QualityStream, lot: Lot, size: Ratio): { k: number | undefined; n: number | undefined } {
    if (lot.n !== undefined || lot.value === undefined || !stream.window) return { k: lot.k, n: lot.n };
    const value = multiply(ratio(lot.value), size);
    const inside = compare(value, stream.window[0]) >= 0 && compare(value, stream.window[1]) <= 0;
    return { k: inside ? 1 : 0, n: 1 };
  }

  private priceLot(
    stream: QualityStream,
    members: readonly Lot[],
    tonnes: number,
    size: Ratio,
    output: OutputResult,
  ): LotResult {
    const [k, n] = [sumExact(members.map((m) => m.k ?? 0)), sumExact(members.map((m) => m.n ?? 0))];
    const values = members.map((m) => m.value).filter((v) => v !== undefined);
    const mean = values.length === 0 ? undefined : multiply(ratio(sumExact(values), values.length), size);
    const variables: Record<string, Ratio> = { k: ratio(k), n: ratio(n), value: mean ?? ZERO };
    const premium = stream.premium.exact((i) => variables[stream.premium.reads[i] as string] ?? ZERO);
    if (failed(premium)) this.notice('no-coefficient', { stream: stream.id });
    const premiumSteps = failed(premium) ? 0 : toSteps(premium, stream.step);
    const fen = amountFen(tonnes, premiumSteps, amountScale(output.stream.step, stream.step));
    return {
      samples: members.map((m) => m.id),
      k: n > 0 ? k : undefined,
      n: n > 0 ? n : undefined,
      mean,
      premiumSteps,
      tonnesSteps: tonnes,
      fen,
    };
  }

  private settleFee(stream: Stream & { role: 'fee' }): FeeResult {
    const budgetFen = toSteps(multiply(this.budgetRate(stream), this.hours), CENT);
    if (stream.periodic)
      return { stream, budgetFen, actualFen: toSteps(multiply(stream.periodic, this.hoursRun), CENT) };
    const inside = (at: Instant): boolean => this.intervals.some((p) => p.from <= at && at < p.to);
    const paid = (this.books.fees.get(`${this.unit.id} ${stream.id}`) ?? []).filter(
      (fee) => !fee.cycle && inside(fee.time),
    );
    return { stream, budgetFen, actualFen: sumExact(paid.map((fee) => fee.fen)) };
  }

  private noticeQuantity(stream: Stream, point: string, quantity: Quantity): void {
    if (quantity.basis === 'missing') this.notice('missing-quantity', { stream: stream.id, point });
    if (quantity.basis === 'substituted') this.notice('substituted-quantity', { stream: stream.id, point });
  }

  // ── lines ──

  /** F of a stage: outputs + stock − inputs + by-products, in fen. */
  private worth(stage: Stage, steps: (output: OutputResult) => number, step?: (output: OutputResult) => Step): number {
    let sum = 0;
    for (const output of this.outputs)
      sum += step
        ? this.amountOn(output.stream, steps(output), step(output))
        : this.amount(output.stream, steps(output));
    for (const input of this.inputs)
      sum += (input.stream.role === 'by-product' ? 1 : -1) * this.allowedFen(input, stage);
    return sum;
  }

  private allowedFen(input: InputResult, stage: Stage): number {
    if (input.bands.length === 0) return this.amount(input.stream, input.allowed[stage]);
    return sumExact(input.bands.map((band) => this.amount(input.stream, band.allowed[stage], band.band)));
  }

  private usedFen(input: InputResult): number {
    if (input.bands.length === 0) return this.amount(input.stream, input.used);
    return sumExact(input.bands.map((band) => this.amount(input.stream, band.used, band.band)));
  }

  private assemble(qualities: readonly QualityResult[], fees: readonly FeeResult[]): Part {
    const { outputs, stocks, inputs } = this;
    const weak = Math.max(
      0,
      ...[...outputs.map((o) => o.quantity), ...inputs.map((i) => i.quantity), ...stocks.map((s) => s.change)].map(
        (q) => q.weakMs,
      ),
    );
    const common = {
      kind: this.kind,
      intervals: this.intervals,
      hours: this.hours,
      hoursRun: this.hoursRun,
      complete: this.complete,
      outputs,
      stocks,
      inputs,
      qualities,
      fees,
      prices: this.prices,
      windows: this.windowResults(),
      weakShare: this.length === 0 ? ZERO : ratio(Math.min(weak, this.length), this.length),
      notices: this.notices,
    };
    if (!this.complete)
      return {
        ...common,
        valueFen: 0,
        budgetValueFen: 0,
        lines: [],
        memo: [],
        crewGainFen: 0,
        companyFen: 0,
        restoredGainFen: 0,
      };
    const given = this.worth('budgetGiven', (o) => o.budgetSteps);
    const budget = this.worth('budget', (o) => o.budgetSteps);
    const limited = this.worth('limited', (o) => o.limitedSteps);
    const mixed = this.worth(
      'mixed',
      (o) => o.mixedSteps,
      (o) => o.mixedStep,
    );
    const ordered = this.worth('ordered', (o) => o.orderedSteps);
    const made = (o: OutputResult): number => o.quantity.steps as number;
    const outputsOnly = this.worth('outputs', made);
    const stockFen = sumExact(stocks.map((s) => this.amount(s.stream, s.steps)));
    const actual = this.worth('actual', made) + stockFen;
    const lines: Line[] = [];
    const put = (
      kind: LineKind,
      key: string,
      fen: number,
      crewFen: number,
      weakMs = 0,
      more: Partial<Line> = {},
    ): void => {
      lines.push({
        key,
        kind,
        stream: undefined,
        band: undefined,
        fen,
        crewFen,
        weakMs,
        weakOfMs: this.length,
        booked: [],
        ...more,
      });
    };
    const volumeOf = (fen: number): number => (this.unit.crewSetsLoad ? fen : 0);
    put('conditions', 'conditions', budget - given, 0);
    put('limit', 'limit', limited - budget, 0, 0, { booked: this.bookLimit(limited - budget) });
    put('unordered', 'unordered', outputsOnly - ordered, 0);
    put('output-mix', 'output-mix', ordered - mixed, 0);
    put(
      'volume',
      'volume',
      mixed - limited,
      volumeOf(mixed - limited),
      Math.max(0, ...outputs.map((o) => o.quantity.weakMs)),
    );
    const margins = sumExact(
      stocks.map((s) => toSteps(multiply(s.margin, multiply(ratio(s.steps), s.stream.step.size)), CENT)),
    );
    const stockLine = actual - outputsOnly;
    put(
      'stock',
      'stock',
      stockLine,
      stockLine - margins + volumeOf(margins),
      Math.max(0, ...stocks.map((s) => s.change.weakMs)),
    );
    for (const input of inputs) this.putInput(input, put);
    for (const quality of qualities)
      put(
        'quality',
        `quality.${quality.stream.id}`,
        quality.fen,
        quality.stream.answers === 'crew' ? quality.fen : 0,
        quality.basis === 'missing' ? this.length : 0,
        { stream: quality.stream.id },
      );
    for (const fee of fees) {
      const fen = fee.budgetFen - fee.actualFen;
      put('fees', `fees.${fee.stream.id}`, fen, fee.stream.answers === 'crew' ? fen : 0, 0, { stream: fee.stream.id });
    }
    const usage = sumExact(
      inputs.map((i) => (i.stream.role === 'by-product' ? -1 : 1) * (this.allowedFen(i, 'actual') - this.usedFen(i))),
    );
    const valueFen = actual + usage + sumExact(qualities.map((q) => q.fen)) - sumExact(fees.map((f) => f.actualFen));
    const budgetValueFen = given - sumExact(fees.map((f) => f.budgetFen));
    const ordinary = sumExact(lines.map((line) => line.crewFen));
    const crewGainFen = this.kind === 'counted' ? ordinary : 0;
    return {
      ...common,
      valueFen,
      budgetValueFen,
      lines,
      memo: this.memo(),
      crewGainFen,
      companyFen: sumExact(lines.map((line) => line.fen)) - crewGainFen,
      restoredGainFen: ordinary,
    };
  }

  private putInput(
    input: InputResult,
    put: (kind: LineKind, key: string, fen: number, crewFen: number, weakMs: number, more: Partial<Line>) => void,
  ): void {
    const { stream } = input;
    const sign = stream.role === 'by-product' ? -1 : 1;
    const own = (fen: number): number => (stream.answers === 'crew' ? fen : 0);
    const weakMs = input.quantity.weakMs;
    if (input.bands.length > 0) {
      for (const { band, used, allowed } of input.bands) {
        const fen = this.amount(stream, allowed.actual, band) - this.amount(stream, used, band);
        put('usage', `usage.${stream.id}.${band}`, fen, own(fen), weakMs, { stream: stream.id, band });
      }
      return;
    }
    const [allowed, used] = [this.amount(stream, input.allowed.actual), this.amount(stream, input.used)];
    if (input.mix === undefined) {
      const fen = sign * (allowed - used);
      put('usage', `usage.${stream.id}`, fen, own(fen), weakMs, { stream: stream.id });
      return;
    }
    const mixed = this.amountOn(stream, input.mix.steps, input.mix.step);
    const groupWeak = Math.max(
      0,
      ...this.inputs.filter((i) => i.stream.mix === stream.mix).map((i) => i.quantity.weakMs),
    );
    put('mix', `mix.${stream.id}`, mixed - used, own(mixed - used), groupWeak, { stream: stream.id });
    put('yield', `yield.${stream.id}`, allowed - mixed, own(allowed - mixed), groupWeak, { stream: stream.id });
  }

  private windowResults(): WindowResult[] {
    return this.windows.map(({ output, window, excess }) => ({
      id: window.fact.id,
      kind: window.fact.kind,
      output: output.id,
      intervals: window.intervals,
      rate: window.fact.rate,
      excessSteps: excess,
      lost: this.lostTo(output).get(window.fact.id) ?? ZERO,
      bookedTo: window.fact.bookedTo,
    }));
  }

  /** What each window took off the budget of an output, exact, in units of the output. */
  private lostTo(output: OutputStream): Map<string, Ratio> {
    const rate = this.budgetRate(output);
    let left = [...this.intervals];
    const lost = new Map<string, Ratio>();
    for (const { fact, intervals } of this.windowsOf(output)) {
      if (compare(fact.rate, rate) >= 0) break;
      const own = intersect(intervals, left);
      left = without(left, own);
      lost.set(fact.id, add(lost.get(fact.id) ?? ZERO, multiply(subtract(rate, fact.rate), hoursOf(lengthOf(own)))));
    }
    return lost;
  }

  /** The limit line split over those whose windows made it, by the worth of what each took away. */
  private bookLimit(fen: number): Line['booked'] {
    const byBooked = new Map<string, Ratio>();
    for (const { stream } of this.outputs) {
      const price = ratio(Math.max(0, this.prices.get(stream.id) ?? 0));
      for (const [id, quantity] of this.lostTo(stream)) {
        const to = this.books.limits.get(this.unit.id)?.find((f) => f.id === id)?.bookedTo ?? '';
        byBooked.set(to, add(byBooked.get(to) ?? ZERO, multiply(quantity, price)));
      }
    }
    const keys = [...byBooked.keys()].sort();
    if (keys.length === 0) return [];
    const split = splitLargestRemainder(
      fen,
      keys.map((key) => byBooked.get(key) as Ratio),
    );
    return keys.map((to, i) => ({ to, fen: split[i] as number }));
  }

  private memo(): { key: string; fen: number }[] {
    const out: { key: string; fen: number }[] = [];
    const { books, shift } = this;
    const atActual = (stream: Stream, item: string, steps: number): number | undefined => {
      const price = books.price(item, 'actual', shift.day);
      return price === undefined ? undefined : amountFen(steps, price, this.scaleOf(stream));
    };
    for (const { stream, quantity } of this.outputs) {
      const actual = atActual(stream, stream.item, quantity.steps as number);
      if (actual !== undefined)
        out.push({ key: `price.${stream.id}`, fen: actual - this.amount(stream, quantity.steps as number) });
    }
    for (const input of this.inputs) {
      if (input.quantity.steps === undefined) continue;
      const { stream } = input;
      const bands =
        input.bands.length === 0 ? [{ band: undefined, used: input.used }] : input.bands.filter((b) => b.used !== 0);
      const actual = bands.map((b) =>
        atActual(stream, b.band === undefined ? stream.item : `${stream.item}.${b.band}`, b.used),
      );
      if (actual.includes(undefined)) continue;
      const difference = this.usedFen(input) - sumExact(actual as number[]);
      out.push({ key: `price.${stream.id}`, fen: stream.role === 'by-product' ? -difference : difference });
    }
    for (const { stream, quantity } of this.outputs) {
      const flow = stream.flow === undefined ? undefined : books.plant.flows.get(stream.flow);
      if (!flow?.check) continue;
      const other = books.quantity(books.point(flow.check), this.intervals, this.asking);
      if (other.steps === undefined) continue;
      const scale = amountScale(books.point(flow.check).quantityStep, books.plant.priceStep);
      const fen =
        this.amount(stream, quantity.steps as number) -
        amountFen(other.steps, this.prices.get(stream.id) as number, scale);
      if (fen !== 0)
        this.notice('meters-disagree', { stream: stream.id, point: flow.check, args: { fen: String(fen) } });
      out.push({ key: `unaccounted.${flow.id}`, fen });
    }
    return out;
  }
}

const clipText = (value: Ratio): string => String(Number((Number(value.n) / Number(value.d)).toPrecision(6)));
