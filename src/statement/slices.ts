// What standards are asked for: the stages of a part's outputs (budget … actual), whole or cut at the grain of a standard,
// with the load, the hours and the given conditions of each slice.

import type { StockStream, Unit } from '../plant.ts';
import {
  compare,
  hoursOf,
  type Interval,
  intersect,
  multiply,
  type Ratio,
  ratio,
  roundRatio,
  splitLargestRemainder,
  sumExact,
  toSteps,
} from '../quantity.ts';
import { type Lot, levelAt, timeAverage } from '../readings.ts';
import { lengthOf, type Quantity } from './basis.ts';
import type { Books } from './books.ts';
import { budgetRate, limitedOver, type Outputs, splitByMix, windowsOf } from './outputs.ts';
import { hoursRunOver, measure, type Scene, tell } from './scene.ts';
import type { OutputResult, Stage } from './sheet.ts';
import { loadOf, type Plan, type Slice } from './standards.ts';
import { stockChange } from './stocks.ts';

export const STAGES: readonly Stage[] = ['budgetGiven', 'budget', 'limited', 'mixed', 'ordered', 'outputs', 'actual'];

export type Stages = Readonly<Record<Stage, readonly Slice[]>>;

/** The slices of every stage: the whole part as one, or one for each cell of the plant clock. */
export function stageSlices(
  scene: Scene,
  made: Outputs,
  changes: ReadonlyMap<string, Quantity>,
  grainMs: number | undefined,
): Stages {
  const { unit } = scene;
  const { outputs } = made;
  const cells = grainMs === undefined ? [scene.intervals] : cellsOf(scene, grainMs);
  const perCell = grainMs === undefined ? undefined : outputsPerCell(scene, made, cells);
  const budgetConditions = new Map(unit.conditions.map((c) => [c.id, c.budget]));
  const ownSteps = outputs.every((o) => compare(o.mixedStep.size, o.stream.step.size) === 0);
  const mixedSizes = ownSteps ? undefined : new Map(outputs.map((o) => [o.stream.id, o.mixedStep.size]));
  const out = Object.fromEntries(STAGES.map((stage) => [stage, []])) as unknown as Record<Stage, Slice[]>;
  for (const [i, cell] of cells.entries()) {
    const length = hoursOf(lengthOf(cell));
    const run = perCell ? (hoursRunOver(scene.books, unit, cell, scene.asking, 'measured') ?? length) : scene.hoursRun;
    const conditions = conditionsOver(scene, cell);
    const slice = (
      steps: (output: OutputResult, at: number) => number,
      hours: Ratio,
      given: ReadonlyMap<string, Ratio>,
      sizes?: ReadonlyMap<string, Ratio>,
    ): Slice => {
      const drivers = new Map(outputs.map((o, at) => [o.stream.id, steps(o, at)]));
      const id = unit.load ?? '';
      const load = loadOf(unit, drivers.get(id) ?? 0, hours, sizes?.get(id));
      return sizes ? { drivers, hours, load, conditions: given, sizes } : { drivers, hours, load, conditions: given };
    };
    const budget = (o: OutputResult): number =>
      perCell ? toSteps(multiply(budgetRate(scene, o.stream), length), o.stream.step) : o.budgetSteps;
    out.budgetGiven.push(slice(budget, length, budgetConditions));
    out.budget.push(slice(budget, length, conditions));
    out.limited.push(slice((o, at) => (perCell ? perCell.limited[at]![i]! : o.limitedSteps), length, conditions));
    out.mixed.push(slice((o, at) => (perCell ? perCell.mixed[at]![i]! : o.mixedSteps), run, conditions, mixedSizes));
    out.ordered.push(slice((o, at) => (perCell ? perCell.ordered[at]![i]! : o.orderedSteps), run, conditions));
    const ran = slice((o, at) => (perCell ? perCell.made[at]![i]! : (o.quantity.steps ?? 0)), run, conditions);
    const stocks = [...changes].map(([id, change]): [string, number] => {
      const own = perCell ? stockChange(scene, unit.streams.find((s) => s.id === id) as StockStream, cell) : change;
      return [id, own.steps ?? 0];
    });
    out.outputs.push(ran);
    out.actual.push({ ...ran, drivers: new Map([...ran.drivers, ...stocks]) });
  }
  return out;
}

/** The part cut at multiples of the grain from each local midnight; what falls into one cell is one slice. */
function cellsOf(scene: Scene, grainMs: number): Interval[][] {
  const { zone } = scene.books.plant;
  const first = scene.intervals[0] as Interval;
  const last = scene.intervals.at(-1) as Interval;
  const out: Interval[][] = [];
  for (let day = zone.dayAt(first.from); ; day += 1) {
    const midnight = zone.at(day, 0).at;
    const next = zone.at(day + 1, 0).at;
    if (midnight >= last.to) break;
    for (let from = midnight; from < next; from += grainMs) {
      const cell = intersect([{ from, to: Math.min(from + grainMs, next) }], scene.intervals);
      if (cell.length > 0) out.push(cell);
    }
  }
  return out;
}

/** What was made, limited, ordered and at the budget's mix, by output and cell. */
function outputsPerCell(
  scene: Scene,
  { outputs, excesses }: Outputs,
  cells: readonly (readonly Interval[])[],
): Record<'made' | 'limited' | 'ordered' | 'mixed', number[][]> {
  const made = outputs.map((o) => cells.map((cell) => measure(scene, o.stream.point, cell).steps ?? 0));
  const limited = outputs.map((o) => {
    const rate = budgetRate(scene, o.stream);
    const windows = windowsOf(scene, o.stream);
    return cells.map((cell) => toSteps(limitedOver(rate, windows, cell), o.stream.step));
  });
  const ordered = outputs.map((o, at) => {
    const left = [...made[at]!];
    for (const { output, window: acting, steps } of excesses) {
      if (output !== o.stream || steps === 0) continue;
      const weights = cells.map((cell) => {
        const inside = intersect(acting.intervals, cell);
        return ratio(Math.max(0, inside.length === 0 ? 0 : (measure(scene, o.stream.point, inside).steps ?? 0)));
      });
      for (const [i, share] of splitLargestRemainder(steps, weights).entries()) left[i]! -= share;
    }
    return left;
  });
  const split = cells.map((_, i) =>
    splitByMix(
      outputs,
      ordered.map((row) => row[i]!),
    ),
  );
  const mixed = outputs.map((_, at) => split.map(({ steps }) => steps[at]!));
  return { made, limited, ordered, mixed };
}

/** Whether everything a standard leans on is measured at the edges of every cell of its grain. */
export function grainHolds(scene: Scene, plan: Plan, grainMs: number): boolean {
  const { books, unit } = scene;
  const isMeasured = (quantity: Quantity): boolean => quantity.basis === 'measured';
  const named = unit.streams.filter(
    (s) => plan.terms.some((term) => term.driver === s.id) || (plan.readsLoad && s.id === unit.load),
  );
  return cellsOf(scene, grainMs).every((cell) => {
    const streams = named.every((stream) => {
      if (stream.role === 'output') return isMeasured(measure(scene, stream.point, cell));
      return stream.role !== 'stock' || isMeasured(stockChange(scene, stream, cell));
    });
    if (!streams) return false;
    if (unit.hoursRun !== undefined && !isMeasured(measure(scene, unit.hoursRun, cell))) return false;
    return unit.conditions.every((condition) => {
      const point = books.point(condition.point);
      if (!plan.conditions.includes(condition.id) || point.kind !== 'level') return true;
      return cell.every((p) => [p.from, p.to].every((at) => books.hasValueAt(point, at)));
    });
  });
}

function conditionsOver(scene: Scene, cell: readonly Interval[]): Map<string, Ratio> {
  const out = new Map<string, Ratio>();
  for (const { id, budget } of scene.unit.conditions) {
    const value = conditionOver(scene.books, scene.unit, id, cell, scene.intervals);
    const told = scene.notices.some((n) => n.code === 'condition-missing' && n.args?.condition === id);
    if (!value && !told) tell(scene, 'condition-missing', { args: { condition: id } });
    out.set(id, value ?? budget);
  }
  return out;
}

/** The mean of a given condition over `slice` (of samples: over `part`), on its point's step; undefined without data. */
export function conditionOver(
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
  const values = books.lotsOf(point).filter((lot) => lot.value !== undefined && liesIn(lot, part));
  if (values.length === 0) return undefined;
  return onStep(ratio(sumExact(values.map((lot) => lot.value as number)), values.length));
}

/** Whether a sample is booked to a part: its instant, or some of its interval. */
export const liesIn = (lot: Lot, part: readonly Interval[]): boolean =>
  lot.over ? intersect([lot.over], part).length > 0 : part.some((p) => p.from <= lot.at && lot.at < p.to);
