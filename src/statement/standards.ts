// What an input should have been: S for given outputs, stock changes, hours and conditions (settling.md §5). Exact in
// integers, rounded once to the stream's step; doubles are used only where they provably hold the same integers.

import { type Clip, type Formula, failed } from '../formula.ts';
import type { InputStream, Standard, Stream, Unit } from '../plant.ts';
import {
  add,
  divide,
  HOUR_MS,
  multiply,
  multiplyDivide,
  type Ratio,
  ratio,
  type Step,
  toNumber,
  toSteps,
  ZERO,
} from '../quantity.ts';

/** What a standard is asked for over one slice. */
export interface Slice {
  /** Steps of each driver: outputs, and the changes of stocks (0 where there are none). */
  readonly drivers: ReadonlyMap<string, number>;
  /** Sizes of the steps of drivers that are not counted in their own (a product group's common step). */
  readonly sizes?: ReadonlyMap<string, Ratio>;
  /** Hours run, or on the budget side the slice's length. */
  readonly hours: Ratio;
  /** The load output per hour, in its unit of measure; 0 over no hours. */
  readonly load: Ratio;
  /** Means of the given conditions in the unit of measure of their points, by name. */
  readonly conditions: ReadonlyMap<string, Ratio>;
}

/** Something odd that happened while a standard was worked out. */
export type StandardNotice = { readonly kind: 'clipped'; readonly clip: Clip } | { readonly kind: 'no-coefficient' };

/** A standard made ready for a unit: integer factors that turn coefficient × driver into steps of the stream × `by`. */
export interface Plan {
  readonly unit: Unit;
  readonly terms: readonly PlanTerm[];
  readonly fixed: Ratio;
  /** Steps of the stream per (coefficient step × driver step) are `times ÷ by`; the fixed part per ms likewise. */
  readonly by: number;
  readonly fixedTimes: number;
  readonly step: Step;
  readonly grainMs: number | undefined;
  /** Conditions that some coefficient reads, and whether one reads the load. */
  readonly conditions: readonly string[];
  readonly readsLoad: boolean;
}

export interface PlanTerm {
  readonly driver: string;
  readonly driverSize: Ratio;
  readonly constant: Ratio | undefined;
  readonly formula: Formula | undefined;
  readonly coefficientStep: Step | undefined;
  readonly columns: Float64Array[];
  readonly times: number;
}

const plans = new WeakMap<Standard, Plan>();

/** The standard of a stream of a unit, made ready. */
export function planOf(unit: Unit, stream: InputStream, standard: Standard): Plan {
  const known = plans.get(standard);
  if (known) return known;
  const stepOfDriver = (id: string): Step => (unit.streams.find((s) => s.id === id) as Stream).step;
  const size = stream.step.size;
  const drafts = standard.terms.map((term) => {
    const driver = stepOfDriver(term.driver).size;
    const constant = term.coefficient.kind === 'constant' ? term.coefficient.value : undefined;
    const coefficientStep = term.coefficient.kind === 'formula' ? term.coefficient.step : undefined;
    const unitSize = divide(multiply(constant ?? (coefficientStep as Step).size, driver), size);
    return { term, driver, constant, coefficientStep, each: ratio(unitSize.n, unitSize.d) };
  });
  const perMs = divide(divide(standard.perHourRun, ratio(HOUR_MS)), size);
  const fixedEach = ratio(perMs.n, perMs.d);
  const by = [...drafts.map((d) => d.each.d), fixedEach.d].reduce(leastCommonMultiple, 1n);
  const whole = (each: Ratio): number => Number((each.n * by) / each.d);
  const formulas = standard.terms.map((t) => (t.coefficient.kind === 'formula' ? t.coefficient.formula : undefined));
  const reads = new Set(formulas.flatMap((f) => f?.reads ?? []));
  const plan: Plan = {
    unit,
    terms: drafts.map(({ term, driver, constant, coefficientStep, each }, i) => ({
      driver: term.driver,
      driverSize: driver,
      constant,
      formula: formulas[i],
      coefficientStep,
      columns: (formulas[i]?.reads ?? []).map(() => new Float64Array(1)),
      times: whole(each),
    })),
    fixed: standard.perHourRun,
    by: Number(by),
    fixedTimes: whole(fixedEach),
    step: stream.step,
    grainMs: standard.grainMs,
    conditions: unit.conditions.map((c) => c.id).filter((id) => reads.has(id)),
    readsLoad: reads.has('load'),
  };
  plans.set(standard, plan);
  return plan;
}

const leastCommonMultiple = (a: bigint, b: bigint): bigint => {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return (a / x) * b;
};

/** S over the slices, in steps of the stream. Notices are added where a curve was clipped or a formula had no value. */
export function allowedSteps(plan: Plan, slices: readonly Slice[], notices?: StandardNotice[]): number {
  let sum = 0;
  let safe = Number.isSafeInteger(plan.by) && Number.isSafeInteger(plan.fixedTimes);
  for (const slice of slices) {
    if (slice.sizes) safe = false;
    const ms = HOUR_MS * Number(slice.hours.n);
    const perMs = ms / Number(slice.hours.d);
    if (!Number.isInteger(perMs) || !Number.isSafeInteger(ms)) safe = false;
    sum += perMs * plan.fixedTimes;
    for (const term of plan.terms) {
      const quantity = slice.drivers.get(term.driver) ?? 0;
      if (quantity === 0) continue;
      const coefficient = term.formula ? coefficientSteps(term, slice, notices) : 1;
      const amount = coefficient * quantity * term.times;
      if (!Number.isSafeInteger(coefficient * quantity) || !Number.isSafeInteger(amount)) safe = false;
      sum += amount;
      if (!Number.isSafeInteger(sum)) safe = false;
    }
  }
  if (safe && Number.isSafeInteger(sum)) return multiplyDivide(sum, 1, plan.by);
  return toSteps(allowedExact(plan, slices), plan.step);
}

/** The same, exact and unrounded, in units of the stream. */
export function allowedExact(plan: Plan, slices: readonly Slice[]): Ratio {
  let sum = ZERO;
  for (const slice of slices) {
    sum = add(sum, multiply(plan.fixed, slice.hours));
    for (const term of plan.terms) {
      const quantity = slice.drivers.get(term.driver) ?? 0;
      if (quantity === 0) continue;
      const coefficient = coefficientOf(term, slice);
      sum = add(
        sum,
        multiply(coefficient, multiply(ratio(quantity), slice.sizes?.get(term.driver) ?? term.driverSize)),
      );
    }
  }
  return sum;
}

/** A coefficient's value, on its step when it is not a constant. */
export function coefficientOf(term: PlanTerm, slice: Slice): Ratio {
  if (term.constant) return term.constant;
  const steps = coefficientSteps(term, slice);
  return multiply(ratio(steps), (term.coefficientStep as Step).size);
}

function coefficientSteps(term: PlanTerm, slice: Slice, notices?: StandardNotice[]): number {
  const formula = term.formula as Formula;
  const exact = (variable: number): Ratio => variableOf(formula.reads[variable] as string, slice);
  for (const [i, column] of term.columns.entries()) column[0] = toNumber(exact(i));
  const clips: Clip[] = [];
  const steps = formula.steps(term.columns, 0, term.coefficientStep as Step, exact, notices && clips);
  for (const clip of clips) notices?.push({ kind: 'clipped', clip });
  if (!failed(steps)) return steps;
  notices?.push({ kind: 'no-coefficient' });
  return 0;
}

/** The value of a name a standard may read: `load`, `hours` or a condition. */
export function variableOf(name: string, slice: Slice): Ratio {
  if (name === 'hours') return slice.hours;
  if (name === 'load') return slice.load;
  return slice.conditions.get(name) ?? ZERO;
}

/** The load that some steps of the unit's load output make over some hours; 0 over no hours. */
export function loadOf(unit: Unit, steps: number, hours: Ratio, size?: Ratio): Ratio {
  const load = unit.streams.find((s) => s.id === unit.load);
  return load && hours.n !== 0n ? divide(multiply(ratio(steps), size ?? load.step.size), hours) : ZERO;
}
