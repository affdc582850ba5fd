// The outputs of a part: budget, orders and limits (B′, Q̂), excess over orders, product mix, and to whom a limit is booked.

import { inForce, type LimitFact, type OutputStream, type Stream } from '../plant.ts';
import {
  add,
  commonStep,
  compare,
  divide,
  hoursOf,
  type Interval,
  intersect,
  multiply,
  normalise,
  type Ratio,
  ratio,
  type Step,
  splitLargestRemainder,
  subtract,
  sumExact,
  toSteps,
  without,
  ZERO,
} from '../quantity.ts';
import { lengthOf, type Quantity } from './basis.ts';
import { measure, type Scene, streamsOf, tell, tellQuantity } from './scene.ts';
import type { Line, OutputResult, Prices, WindowResult } from './sheet.ts';

/** An order or limit and the instants of the part in which it acts. */
export interface Window {
  readonly fact: LimitFact;
  readonly intervals: Interval[];
}

/** A window on an output, and by how much the output exceeded it. */
export interface Excess {
  readonly output: OutputStream;
  readonly window: Window;
  readonly steps: number;
}

export interface Outputs {
  readonly outputs: readonly OutputResult[];
  readonly excesses: readonly Excess[];
}

/** Units per hour on the shift's accounting day: the month's row, else the text's. */
export function budgetRate(scene: Scene, stream: Stream & { role: 'output' | 'fee' }): Ratio {
  const { books, shift, unit } = scene;
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

export function settleOutputs(scene: Scene): Outputs {
  const excesses: Excess[] = [];
  const drafts = streamsOf(scene.unit, 'output').map((stream) => {
    const quantity = measure(scene, stream.point);
    tellQuantity(scene, stream, stream.point, quantity);
    const rate = budgetRate(scene, stream);
    const windows = windowsOf(scene, stream);
    const limitedSteps = toSteps(limitedOver(rate, windows, scene.intervals), stream.step);
    const own = excessesOf(scene, stream, windows, quantity);
    excesses.push(...own);
    return {
      stream,
      quantity,
      budgetSteps: toSteps(multiply(rate, scene.hours), stream.step),
      limitedSteps,
      orderedSteps: (quantity.steps ?? 0) - sumExact(own.map((e) => e.steps)),
    };
  });
  const mixed = splitByMix(
    drafts,
    drafts.map((o) => o.orderedSteps),
  );
  return {
    outputs: drafts.map((draft, i) => ({ ...draft, mixedSteps: mixed.steps[i]!, mixedStep: mixed.step[i]! })),
    excesses,
  };
}

/** Each output's share of its product group's total at the group's mix in B′; outside a group its own. */
export function splitByMix(
  outputs: readonly Pick<OutputResult, 'stream' | 'limitedSteps'>[],
  totals: readonly number[],
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

/**
 * The orders and limits of an output, each over the instants of this part in which it acts, the lowest rate first; none in
 * an excluded part.
 */
export function windowsOf(scene: Scene, stream: OutputStream): Window[] {
  if (scene.kind === 'excluded') return [];
  const out: Window[] = [];
  for (const fact of scene.books.limits.get(scene.unit.id) ?? []) {
    if (fact.output !== stream.id) continue;
    const from = Math.max(fact.from, fact.firstRecordedAt);
    const intervals = from < fact.to ? intersect([{ from, to: fact.to }], scene.intervals) : [];
    if (intervals.length > 0) out.push({ fact, intervals });
  }
  return out.sort((a, b) => compare(a.fact.rate, b.fact.rate) || (a.fact.id < b.fact.id ? -1 : 1));
}

/** The instants in which each window that lies under the budget rate takes away from it; what is left has the budget rate. */
function limiting(
  rate: Ratio,
  windows: readonly Window[],
  within: readonly Interval[],
): { acting: { fact: LimitFact; hours: Ratio }[]; free: Ratio } {
  let left = [...within];
  const acting: { fact: LimitFact; hours: Ratio }[] = [];
  // Windows are sorted by rate, so the first that covers an instant is the lowest there.
  for (const { fact, intervals } of windows) {
    if (compare(fact.rate, rate) >= 0) break;
    const own = intersect(intervals, left);
    left = without(left, own);
    acting.push({ fact, hours: hoursOf(lengthOf(own)) });
  }
  return { acting, free: hoursOf(lengthOf(left)) };
}

/** The integral over `within` of the lowest of the budget rate and the rates acting, exact. */
export function limitedOver(rate: Ratio, windows: readonly Window[], within: readonly Interval[]): Ratio {
  const { acting, free } = limiting(rate, windows, within);
  return acting.reduce((sum, { fact, hours }) => add(sum, multiply(fact.rate, hours)), multiply(rate, free));
}

/** What the output exceeded each order by, over the instants where that order acts (the lowest of several). */
function excessesOf(scene: Scene, output: OutputStream, windows: readonly Window[], quantity: Quantity): Excess[] {
  const out: Excess[] = [];
  let taken: Interval[] = [];
  for (const { fact, intervals } of windows.filter((w) => w.fact.kind === 'order')) {
    const own = without(intervals, taken);
    taken = normalise([...taken, ...own]);
    let steps = 0;
    if (own.length > 0 && quantity.steps !== undefined) {
      const inside = measure(scene, output.point, own);
      if (inside.steps === undefined || inside.basis !== 'measured')
        tell(scene, 'window-without-value', { stream: output.id, args: { id: fact.id } });
      else steps = Math.max(0, inside.steps - toSteps(multiply(fact.rate, hoursOf(lengthOf(own))), output.step));
    }
    out.push({ output, window: { fact, intervals: own }, steps });
  }
  for (const other of windows) if (other.fact.kind !== 'order') out.push({ output, window: other, steps: 0 });
  return out;
}

/** What each window took off the budget of an output, exact, in units of the output. */
function lostTo(scene: Scene, output: OutputStream): Map<string, Ratio> {
  const rate = budgetRate(scene, output);
  const lost = new Map<string, Ratio>();
  for (const { fact, hours } of limiting(rate, windowsOf(scene, output), scene.intervals).acting)
    lost.set(fact.id, add(lost.get(fact.id) ?? ZERO, multiply(subtract(rate, fact.rate), hours)));
  return lost;
}

export const windowResults = (scene: Scene, excesses: readonly Excess[]): WindowResult[] =>
  excesses.map(({ output, window: { fact, intervals }, steps }) => ({
    id: fact.id,
    kind: fact.kind,
    output: output.id,
    intervals,
    rate: fact.rate,
    excessSteps: steps,
    lost: lostTo(scene, output).get(fact.id) ?? ZERO,
    bookedTo: fact.bookedTo,
  }));

/** The limit line split over those whose windows made it, by the worth of what each took away. */
export function bookLimit(scene: Scene, outputs: readonly OutputResult[], prices: Prices, fen: number): Line['booked'] {
  const byBooked = new Map<string, Ratio>();
  for (const { stream } of outputs) {
    const price = ratio(Math.max(0, prices.get(stream.id) ?? 0));
    for (const [id, quantity] of lostTo(scene, stream)) {
      const to = scene.books.limits.get(scene.unit.id)?.find((f) => f.id === id)?.bookedTo ?? '';
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
