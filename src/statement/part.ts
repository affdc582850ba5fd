// One part of a shift, counted or excluded, from quantities to lines: the chain V − V_B = conditions + limit + unordered +
// output mix + volume + stock + usage + quality + fees, each line a sum or difference of amounts rounded once.

import type { FeeStream, Shift, Stream, Unit } from '../plant.ts';
import {
  amountFen,
  amountScale,
  type Instant,
  type Interval,
  multiply,
  ratio,
  type Step,
  stepOf,
  sumExact,
  toSteps,
  ZERO,
} from '../quantity.ts';
import type { Asking, Quantity } from './basis.ts';
import type { Books } from './books.ts';
import { settleInputs } from './inputs.ts';
import { bookLimit, budgetRate, settleOutputs, windowResults } from './outputs.ts';
import { amountOf, amountOn, bandSpans, readPrices, scaleOf } from './prices.ts';
import { settleQuality } from './quality.ts';
import { measure, openScene, type Scene, streamsOf, tell } from './scene.ts';
import type {
  FeeResult,
  InputResult,
  Line,
  LineKind,
  OutputResult,
  Part,
  Prices,
  QualityResult,
  Stage,
  StockResult,
} from './sheet.ts';
import { stageSlices } from './slices.ts';
import { settleStock, stockChange } from './stocks.ts';

const CENT = stepOf(ratio(1, 100));

/** Everything in a part that has a quantity, and the prices it is valued at. */
interface Items {
  readonly outputs: readonly OutputResult[];
  readonly stocks: readonly StockResult[];
  readonly inputs: readonly InputResult[];
  readonly qualities: readonly QualityResult[];
  readonly fees: readonly FeeResult[];
  readonly prices: Prices;
}

/** Settles one part of a shift. `intervals` are normalised and not empty. */
export function settlePart(
  books: Books,
  unit: Unit,
  shift: Shift,
  kind: Part['kind'],
  intervals: readonly Interval[],
  asking: Asking,
): Part {
  const scene = openScene(books, unit, shift, kind, intervals, asking);
  const listed = readPrices(scene);
  const made = settleOutputs(scene);
  let complete = listed.complete && made.outputs.every((o) => o.quantity.steps !== undefined);
  const changes = new Map<string, Quantity>();
  for (const stock of streamsOf(unit, 'stock')) changes.set(stock.id, stockChange(scene, stock));
  const whole = stageSlices(scene, made, changes, undefined);
  const prices = new Map(listed.prices);
  const stocks = streamsOf(unit, 'stock').map((stream) => {
    const stock = settleStock(scene, stream, changes.get(stream.id) as Quantity, listed.prices, complete);
    complete = stock.complete;
    if (stock.price !== undefined) prices.set(stream.id, stock.price);
    return stock.result;
  });
  const inputs = settleInputs(scene, made, whole, changes);
  const qualities = streamsOf(unit, 'quality').map((stream) => settleQuality(scene, stream, made.outputs));
  const fees = streamsOf(unit, 'fee').map((stream) => settleFee(scene, stream));
  const items = { outputs: made.outputs, stocks, inputs, qualities, fees, prices };
  const quantities = [...items.outputs.map((o) => o.quantity), ...inputs.map((i) => i.quantity)];
  const weak = Math.max(0, ...[...quantities, ...changes.values()].map((q) => q.weakMs));
  const windows = windowResults(scene, made.excesses);
  const sums = complete ? accountFor(scene, items) : NO_AMOUNTS;
  return {
    kind,
    intervals,
    hours: scene.hours,
    hoursRun: scene.hoursRun,
    complete,
    ...items,
    windows,
    weakShare: scene.length === 0 ? ZERO : ratio(Math.min(weak, scene.length), scene.length),
    notices: scene.notices,
    ...sums,
  };
}

type Sums = Pick<
  Part,
  'valueFen' | 'budgetValueFen' | 'lines' | 'memo' | 'crewGainFen' | 'companyFen' | 'restoredGainFen'
>;

const NO_AMOUNTS: Sums = {
  valueFen: 0,
  budgetValueFen: 0,
  lines: [],
  memo: [],
  crewGainFen: 0,
  companyFen: 0,
  restoredGainFen: 0,
};

/** V, V_B and the lines between them, and who answers for each. */
function accountFor(scene: Scene, items: Items): Sums {
  const { outputs, inputs, qualities, fees } = items;
  const chain = chainOf(scene, items);
  const lines = [
    ...chain.lines,
    ...inputs.flatMap((input) => inputLines(scene, items, input)),
    ...qualities.map(({ stream, fen, basis }) =>
      line(scene, 'quality', `quality.${stream.id}`, fen, stream.answers === 'crew' ? fen : 0, {
        weakMs: basis === 'missing' ? scene.length : 0,
        stream: stream.id,
      }),
    ),
    ...fees.map(({ stream, budgetFen, actualFen }) => {
      const fen = budgetFen - actualFen;
      return line(scene, 'fees', `fees.${stream.id}`, fen, stream.answers === 'crew' ? fen : 0, { stream: stream.id });
    }),
  ];
  const usage = sumExact(
    inputs.map((i) => costSign(i.stream) * (allowedFen(scene, items, i, 'actual') - usedFen(scene, items, i))),
  );
  const ordinary = sumExact(lines.map((l) => l.crewFen));
  const crewGainFen = scene.kind === 'counted' ? ordinary : 0;
  return {
    valueFen: chain.actual + usage + sumExact(qualities.map((q) => q.fen)) - sumExact(fees.map((f) => f.actualFen)),
    budgetValueFen: chain.given - sumExact(fees.map((f) => f.budgetFen)),
    lines,
    memo: [
      ...outputs.flatMap((output) => priceOfOutput(scene, items, output)),
      ...inputs.flatMap((input) => priceOfInput(scene, items, input)),
      ...outputs.flatMap((output) => unaccounted(scene, items, output)),
    ],
    crewGainFen,
    companyFen: sumExact(lines.map((l) => l.fen)) - crewGainFen,
    restoredGainFen: ordinary,
  };
}

// ── lines ──

function line(scene: Scene, kind: LineKind, key: string, fen: number, crewFen: number, more: Partial<Line> = {}): Line {
  const plain = { stream: undefined, band: undefined, weakMs: 0, weakOfMs: scene.length, booked: [] };
  return { key, kind, fen, crewFen, ...plain, ...more };
}

/** The lines from the budget to the actual output and stock, and F at both ends. */
function chainOf(scene: Scene, items: Items): { lines: Line[]; given: number; actual: number } {
  const { outputs, stocks, prices } = items;
  const made = (o: OutputResult): number => o.quantity.steps as number;
  const given = worth(scene, items, 'budgetGiven', (o) => o.budgetSteps);
  const budget = worth(scene, items, 'budget', (o) => o.budgetSteps);
  const limited = worth(scene, items, 'limited', (o) => o.limitedSteps);
  const mixed = worth(
    scene,
    items,
    'mixed',
    (o) => o.mixedSteps,
    (o) => o.mixedStep,
  );
  const ordered = worth(scene, items, 'ordered', (o) => o.orderedSteps);
  const ran = worth(scene, items, 'outputs', made);
  const stockFen = sumExact(stocks.map((s) => amountOf(scene, prices, s.stream, s.steps)));
  const actual = worth(scene, items, 'actual', made) + stockFen;
  const crewsVolume = (fen: number): number => (scene.unit.crewSetsLoad ? fen : 0);
  const margins = sumExact(
    stocks.map((s) => toSteps(multiply(s.margin, multiply(ratio(s.steps), s.stream.step.size)), CENT)),
  );
  const worst = (quantities: readonly Quantity[]): number => Math.max(0, ...quantities.map((q) => q.weakMs));
  const volume = mixed - limited;
  const stock = actual - ran;
  const limit = limited - budget;
  const companys = stocks.every((s) => s.stream.answers === 'company');
  return {
    given,
    actual,
    lines: [
      line(scene, 'conditions', 'conditions', budget - given, 0),
      line(scene, 'limit', 'limit', limit, 0, { booked: bookLimit(scene, outputs, prices, limit) }),
      line(scene, 'unordered', 'unordered', ran - ordered, 0),
      line(scene, 'output-mix', 'output-mix', ordered - mixed, 0),
      line(scene, 'volume', 'volume', volume, crewsVolume(volume), { weakMs: worst(outputs.map((o) => o.quantity)) }),
      line(scene, 'stock', 'stock', stock, companys ? 0 : stock - margins + crewsVolume(margins), {
        weakMs: worst(stocks.map((s) => s.change)),
      }),
    ],
  };
}

/** F of a stage without stocks: outputs − inputs + by-products, in fen. */
function worth(
  scene: Scene,
  items: Items,
  stage: Stage,
  steps: (output: OutputResult) => number,
  step?: (output: OutputResult) => Step,
): number {
  const { prices } = items;
  const outputs = items.outputs.map((o) =>
    step ? amountOn(scene, prices, o.stream, steps(o), step(o)) : amountOf(scene, prices, o.stream, steps(o)),
  );
  const inputs = items.inputs.map((i) => costSign(i.stream) * allowedFen(scene, items, i, stage));
  return sumExact(outputs) - sumExact(inputs);
}

const costSign = (stream: Stream): number => (stream.role === 'by-product' ? -1 : 1);

function allowedFen(scene: Scene, { prices }: Items, input: InputResult, stage: Stage): number {
  if (input.bands.length === 0) return amountOf(scene, prices, input.stream, input.allowed[stage]);
  return sumExact(input.bands.map((b) => amountOf(scene, prices, input.stream, b.allowed[stage], b.band)));
}

function usedFen(scene: Scene, { prices }: Items, input: InputResult): number {
  if (input.bands.length === 0) return amountOf(scene, prices, input.stream, input.used);
  return sumExact(input.bands.map((b) => amountOf(scene, prices, input.stream, b.used, b.band)));
}

/** Usage, by band where there are bands; in a mix group mix and yield. */
function inputLines(scene: Scene, { inputs, prices }: Items, input: InputResult): Line[] {
  const { stream } = input;
  const own = (kind: LineKind, key: string, fen: number, more: Partial<Line>): Line =>
    line(scene, kind, key, fen, stream.answers === 'crew' ? fen : 0, { stream: stream.id, ...more });
  const { weakMs } = input.quantity;
  if (input.bands.length > 0)
    return input.bands.map(({ band, used, allowed }) => {
      const fen = amountOf(scene, prices, stream, allowed.actual, band) - amountOf(scene, prices, stream, used, band);
      return own('usage', `usage.${stream.id}.${band}`, fen, { weakMs, band });
    });
  const allowed = amountOf(scene, prices, stream, input.allowed.actual);
  const used = amountOf(scene, prices, stream, input.used);
  if (input.mix === undefined)
    // Not costSign × difference: −1 × 0 is −0.
    return [
      own('usage', `usage.${stream.id}`, stream.role === 'by-product' ? used - allowed : allowed - used, { weakMs }),
    ];
  const mixed = amountOn(scene, prices, stream, input.mix.steps, input.mix.step);
  const group = inputs.filter((i) => i.stream.mix === stream.mix).map((i) => i.quantity.weakMs);
  const more = { weakMs: Math.max(0, ...group) };
  return [
    own('mix', `mix.${stream.id}`, mixed - used, more),
    own('yield', `yield.${stream.id}`, allowed - mixed, more),
  ];
}

function settleFee(scene: Scene, stream: FeeStream): FeeResult {
  const budgetFen = toSteps(multiply(budgetRate(scene, stream), scene.hours), CENT);
  if (stream.periodic)
    return { stream, budgetFen, actualFen: toSteps(multiply(stream.periodic, scene.hoursRun), CENT) };
  const inside = (at: Instant): boolean => scene.intervals.some((p) => p.from <= at && at < p.to);
  const rows = scene.books.fees.get(`${scene.unit.id} ${stream.id}`) ?? [];
  const paid = rows.filter((fee) => !fee.cycle && inside(fee.time));
  return { stream, budgetFen, actualFen: sumExact(paid.map((fee) => fee.fen)) };
}

// ── memo: company lines outside the chain ──

type Memo = Part['memo'][number];

function atActualPrice(scene: Scene, stream: Stream, item: string, steps: number): number | undefined {
  const price = scene.books.price(item, 'actual', scene.shift.day);
  return price === undefined ? undefined : amountFen(steps, price, scaleOf(scene, stream));
}

function priceOfOutput(scene: Scene, { prices }: Items, { stream, quantity }: OutputResult): Memo[] {
  const steps = quantity.steps as number;
  const actual = atActualPrice(scene, stream, stream.item, steps);
  if (actual === undefined) return [];
  return [{ key: `price.${stream.id}`, fen: actual - amountOf(scene, prices, stream, steps) }];
}

function priceOfInput(scene: Scene, items: Items, input: InputResult): Memo[] {
  if (input.quantity.steps === undefined) return [];
  const { stream } = input;
  const bands = input.bands
    .filter(({ band }) => stream.role === 'input' && bandSpans(scene, stream, band).length > 0)
    .map((b) => ({ item: `${stream.item}.${b.band}`, used: b.used }));
  const bought = input.bands.length === 0 ? [{ item: stream.item, used: input.used }] : bands;
  const actual = bought.map(({ item, used }) => atActualPrice(scene, stream, item, used));
  if (actual.includes(undefined)) return [];
  const fen = costSign(stream) * (usedFen(scene, items, input) - sumExact(actual as number[]));
  return [{ key: `price.${stream.id}`, fen }];
}

/** The difference of the two meters of one flow. */
function unaccounted(scene: Scene, { prices }: Items, { stream, quantity }: OutputResult): Memo[] {
  const { books } = scene;
  const flow = stream.flow === undefined ? undefined : books.plant.flows.get(stream.flow);
  if (!flow?.check) return [];
  const other = measure(scene, flow.check);
  if (other.steps === undefined) return [];
  const scale = amountScale(books.point(flow.check).quantityStep, books.plant.priceStep);
  const checked = amountFen(other.steps, prices.get(stream.id) as number, scale);
  const fen = amountOf(scene, prices, stream, quantity.steps as number) - checked;
  if (fen !== 0) tell(scene, 'meters-disagree', { stream: stream.id, point: flow.check, args: { fen: String(fen) } });
  return [{ key: `unaccounted.${flow.id}`, fen }];
}
