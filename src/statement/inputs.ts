// Inputs and by-products of a part: what was used, what was allowed at every stage, by tariff band and in mix groups.

import { type Day, type InputStream, inForce, type Stream, type Tariff, type Unit } from '../plant.ts';
import {
  add,
  commonStep,
  type Interval,
  multiply,
  type Ratio,
  ratio,
  splitLargestRemainder,
  toSteps,
  ZERO,
} from '../quantity.ts';
import { type Asking, type Basis, lengthOf, missing, type Quantity, worse } from './basis.ts';
import type { Books, Need } from './books.ts';
import type { Outputs } from './outputs.ts';
import { bandSpans } from './prices.ts';
import { hoursRunOver, measure, type Scene, streamsOf, tell, tellQuantity } from './scene.ts';
import type { Allowed, BandResult, InputResult, Stage } from './sheet.ts';
import { conditionOver, grainHolds, STAGES, type Stages, stageSlices } from './slices.ts';
import { allowedSteps, loadOf, planOf, type StandardNotice } from './standards.ts';

/**
 * The allowed quantity of one stream over one interval, stock changes 0, as one slice: the weight by which an outage or a
 * common meter is split. Undefined when the stream has no standard in force, or a driver or the hours run are
 * missing (or, where `need` says so, not measured).
 */
export function weighAllowed(
  books: Books,
  unit: Unit,
  stream: Stream,
  over: Interval,
  day: Day,
  asking: Asking,
  need: Need,
): number | undefined {
  if (stream.role !== 'input' && stream.role !== 'by-product') return undefined;
  const standard = inForce(stream.standards, day);
  if (!standard) return undefined;
  const plan = planOf(unit, stream, standard);
  const drivers = new Map<string, number>();
  for (const output of streamsOf(unit, 'output')) {
    const asked = plan.terms.some((term) => term.driver === output.id) || (plan.readsLoad && output.id === unit.load);
    if (!asked) continue;
    const quantity = books.quantity(books.point(output.point), [over], asking);
    if (quantity.steps === undefined || (need === 'measured' && quantity.basis !== 'measured')) return undefined;
    drivers.set(output.id, quantity.steps);
  }
  const hours = hoursRunOver(books, unit, [over], asking, need);
  if (hours === undefined) return undefined;
  const conditions = new Map(
    unit.conditions.map((c) => [c.id, conditionOver(books, unit, c.id, [over], [over]) ?? c.budget]),
  );
  const load = loadOf(unit, drivers.get(unit.load ?? '') ?? 0, hours);
  return allowedSteps(plan, [{ drivers, hours, load, conditions }]);
}

export function settleInputs(
  scene: Scene,
  outputs: Outputs,
  whole: Stages,
  changes: ReadonlyMap<string, Quantity>,
): InputResult[] {
  const grains = new Map<number, Stages>();
  const stagesOf = (grainMs: number): Stages => {
    const stages = grains.get(grainMs) ?? stageSlices(scene, outputs, changes, grainMs);
    grains.set(grainMs, stages);
    return stages;
  };
  const inputs = streamsOf(scene.unit, 'input', 'by-product').map((stream) =>
    settleInput(scene, stream, whole, stagesOf),
  );
  return mixInputs(inputs);
}

function settleInput(
  scene: Scene,
  stream: InputStream,
  whole: Stages,
  stagesOf: (grainMs: number) => Stages,
): InputResult {
  const quantity = inputQuantity(scene, stream);
  tellQuantity(scene, stream, stream.point, quantity);
  const standard = inForce(stream.standards, scene.shift.day);
  const plan = standard && planOf(scene.unit, stream, standard);
  let stages = whole;
  if (plan?.grainMs !== undefined) {
    if (grainHolds(scene, plan, plan.grainMs)) stages = stagesOf(plan.grainMs);
    else tell(scene, 'grain-without-value', { stream: stream.id });
  }
  const odd: StandardNotice[] = [];
  const allowed = byStage((stage) =>
    plan ? allowedSteps(plan, stages[stage], stage === 'actual' ? odd : undefined) : 0,
  );
  for (const found of odd) tellStandard(scene, stream, found);
  const used = quantity.steps ?? allowed.actual;
  const bands = stream.tariff ? bandsOf(scene, stream, stream.tariff, quantity, used, allowed) : [];
  return { stream, quantity, used, allowed, bands, mix: undefined, slices: stages.actual };
}

const byStage = (of: (stage: Stage) => number): Allowed =>
  Object.fromEntries(STAGES.map((stage) => [stage, of(stage)])) as unknown as Allowed;

function tellStandard(scene: Scene, stream: InputStream, found: StandardNotice): void {
  if (found.kind === 'no-coefficient') {
    tell(scene, 'no-coefficient', { stream: stream.id });
    return;
  }
  const { curve, side, argument, bound } = found.clip;
  tell(scene, 'curve-clipped', {
    stream: stream.id,
    args: { curve, side, argument: clipText(argument), bound: clipText(bound) },
  });
}

const clipText = (value: Ratio): string => String(Number((Number(value.n) / Number(value.d)).toPrecision(6)));

/** What was used: received, less what the unit's own stock of it grew by. */
function inputQuantity(scene: Scene, stream: InputStream): Quantity {
  const received = measure(scene, stream.point);
  if (!stream.lessStock || received.steps === undefined) return received;
  const change = scene.books.stockChange(stream.lessStock, stream.step, undefined, scene.intervals);
  if (change.steps === undefined) return missing(scene.length);
  return {
    steps: received.steps - change.steps,
    basis: worse(received.basis, change.basis),
    weakMs: Math.max(received.weakMs, change.weakMs),
  };
}

/** Use and allowed by the bands of the tariff. */
function bandsOf(
  scene: Scene,
  stream: InputStream,
  tariff: Tariff,
  quantity: Quantity,
  used: number,
  allowed: Allowed,
): BandResult[] {
  const within = tariff.bands.map((band) => bandSpans(scene, stream, band));
  const lengths = within.map((parts) => ratio(lengthOf(parts)));
  const weights = tariff.profile.map((weight, i) => multiply(weight, lengths[i] as Ratio));
  const flat = weights.every((w) => w.n === 0n) ? lengths : weights;
  const split = Object.fromEntries(
    STAGES.map((stage) => [stage, splitLargestRemainder(allowed[stage], flat)]),
  ) as Record<Stage, number[]>;
  const allowedAt = (i: number): Allowed => byStage((stage) => split[stage][i]!);
  if (quantity.steps === undefined)
    return tariff.bands.map((band, i) => ({ band, used: allowedAt(i).actual, allowed: allowedAt(i) }));
  const read = within.map((parts) =>
    parts.length === 0 ? { steps: 0, basis: 'measured' as Basis, weakMs: 0 } : measure(scene, stream.point, parts),
  );
  const measured = !stream.lessStock && quantity.basis === 'measured' && read.every((q) => q.basis === 'measured');
  if (!measured) tell(scene, 'band-without-value', { stream: stream.id });
  const usedBy = measured ? read.map((q) => q.steps as number) : splitLargestRemainder(used, lengths);
  return tariff.bands.map((band, i) => ({ band, used: usedBy[i] as number, allowed: allowedAt(i) }));
}

/** Gives each member of a mix group its share of the group's total at the standard mix. */
function mixInputs(inputs: readonly InputResult[]): InputResult[] {
  let out = [...inputs];
  const groups = new Set(inputs.map((i) => i.stream.mix).filter((m) => m !== undefined));
  for (const group of groups) {
    const members = inputs.filter((i) => i.stream.mix === group);
    const weights = members.map((m) => multiply(ratio(Math.max(0, m.allowed.actual)), m.stream.step.size));
    if (members.some((m) => m.quantity.steps === undefined) || weights.every((w) => w.n === 0n)) continue;
    const step = members.map((m) => m.stream.step).reduce(commonStep);
    const total = members.map((m) => multiply(ratio(m.used), m.stream.step.size)).reduce(add, ZERO);
    const split = splitLargestRemainder(toSteps(total, step), weights);
    out = out.map((input) => {
      const at = members.findIndex((member) => member.stream === input.stream);
      return at < 0 ? input : { ...input, mix: { steps: split[at]!, step } };
    });
  }
  return out;
}
