// The plant as settling needs it: everything resolved, every number on its step. Built once by `build`, then only read.
import type { Curve, Formula } from '../formula.ts';
import type { Instant, Measure, Ratio, Step } from '../quantity.ts';
import type { Clock, Day, Rotation, Shift, Zone } from './calendar.ts';

/** A name in both languages; a plain text stands for both. */
export interface Name {
  readonly zh: string;
  readonly en: string;
}

// ── points ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export type Drop = 'missing' | 'restart' | 'hold';
export type SampleKind = 'routine' | 'spot' | 're-test' | 'arbitration';

interface PointCommon {
  readonly id: string;
  readonly name: Name;
  /** The place of the point in `Plant.points`; readings refer to it. */
  readonly index: number;
  /** Unit of measure and step of the values read. */
  readonly measure: Measure;
  readonly step: Step;
  /** Unit of measure and step of the quantity (or stock, or mean) it gives. */
  readonly quantityMeasure: Measure;
  readonly quantityStep: Step;
}

/** How a counter is read: all register figures in steps of its face. */
export interface Register {
  /** Modulus in steps; undefined when it never rolls over. */
  readonly modulus: number | undefined;
  /** Greatest plausible rate, in steps per hour, exact. */
  readonly greatestPerHour: Ratio | undefined;
  readonly gapMs: number;
  /** Multiplier in units of `multiplierStep`; replacements may set another. */
  readonly multiplier: number;
  readonly multiplierStep: Step;
  readonly onDrop: Drop;
}

export interface CounterPoint extends PointCommon {
  readonly kind: 'counter';
  readonly register: Register;
  readonly typed: boolean;
}
export interface RatePoint extends PointCommon {
  readonly kind: 'rate';
  readonly sloped: boolean;
  readonly gapMs: number;
  readonly leastCoverage: Ratio;
}
export interface LevelPoint extends PointCommon {
  readonly kind: 'level';
  readonly gapMs: number;
}
export interface BatchPoint extends PointCommon {
  readonly kind: 'batch';
  readonly confirmed: boolean;
}
export interface FigurePoint extends PointCommon {
  readonly kind: 'figure';
}
export interface SamplePoint extends PointCommon {
  readonly kind: 'sample';
  readonly delayMs: number;
  readonly counts: readonly SampleKind[];
  readonly replacedBy: readonly SampleKind[];
}
export interface SharePoint extends PointCommon {
  readonly kind: 'share';
  readonly of: string;
  readonly by: 'keys' | 'allowed';
  readonly key: Ratio;
}
export interface FormulaPoint extends PointCommon {
  readonly kind: 'formula';
  readonly formula: Formula;
  /** The points the formula reads, in the order of its variables. */
  readonly reads: readonly string[];
}
export type Point =
  | CounterPoint
  | RatePoint
  | LevelPoint
  | BatchPoint
  | FigurePoint
  | SamplePoint
  | SharePoint
  | FormulaPoint;

// ── streams ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Something that holds from an accounting day on; lists of them are in order of `from`. */
export interface Dated<T> {
  readonly from: Day;
  readonly value: T;
}

/** r of a driver: input per driver, or the fixed part per hour run. */
export type Coefficient =
  | { readonly kind: 'constant'; readonly value: Ratio }
  | { readonly kind: 'formula'; readonly formula: Formula; readonly step: Step };

export interface Term {
  /** An output or a stock of the unit. */
  readonly driver: string;
  readonly coefficient: Coefficient;
}

export interface Standard {
  readonly terms: readonly Term[];
  readonly perHourRun: Ratio;
  readonly grainMs: number | undefined;
}

interface StreamCommon {
  readonly id: string;
  readonly name: Name;
  readonly measure: Measure;
  readonly step: Step;
  /** The item of the price book. */
  readonly item: string;
  readonly answers: 'crew' | 'company';
  readonly references: ReadonlyMap<string, Ratio>;
}
interface Measured {
  readonly point: string;
  /** The declared flow between two units, whose price is the transfer price. */
  readonly flow: string | undefined;
}

export interface OutputStream extends StreamCommon, Measured {
  readonly role: 'output';
  /** Units per hour. */
  readonly budget: readonly Dated<Ratio>[];
  readonly mix: string | undefined;
}
export interface StockFormula {
  readonly point: string;
  /** Points by the names the formula reads, in the order of its variables (`level` is `point`). */
  readonly reads: readonly string[];
  readonly formula: Formula;
}
export interface InputStream extends StreamCommon, Measured {
  readonly role: 'input' | 'by-product';
  readonly standards: readonly Dated<Standard>[];
  readonly mix: string | undefined;
  readonly tariff: Tariff | undefined;
  readonly lessStock: StockFormula | undefined;
}
export interface StockStream extends StreamCommon {
  readonly role: 'stock';
  readonly quantity: StockFormula;
  readonly makes: string;
  /** A share, or the point that measures it (then the stock is counted in equivalent units). */
  readonly completion:
    | { readonly kind: 'constant'; readonly value: Ratio }
    | { readonly kind: 'point'; readonly point: string };
}
export interface FeeStream extends StreamCommon {
  readonly role: 'fee';
  /** Yuan per hour. */
  readonly budget: readonly Dated<Ratio>[];
  /** Yuan accrued per hour run, of periodic work. */
  readonly periodic: Ratio | undefined;
}
export interface QualityStream extends StreamCommon {
  readonly role: 'quality';
  readonly of: string;
  readonly point: string;
  readonly window: readonly [Ratio, Ratio] | undefined;
  /** Reads `k` and `n`, or `value`; yuan per unit of the output, on `step`. */
  readonly premium: Formula;
}
export type Stream = OutputStream | InputStream | StockStream | FeeStream | QualityStream;

export interface Tariff {
  readonly id: string;
  readonly bands: readonly string[];
  /** The band of every stretch of the day, ms from midnight, covering it. */
  readonly hours: readonly { readonly from: number; readonly to: number; readonly band: string }[];
  readonly profile: readonly Ratio[];
}

export interface Condition {
  readonly id: string;
  readonly name: Name;
  readonly point: string;
  readonly budget: Ratio;
}

export interface Unit {
  readonly id: string;
  readonly name: Name;
  readonly organisation: string | undefined;
  readonly rotation: Rotation;
  readonly load: string | undefined;
  readonly crewSetsLoad: boolean;
  readonly hoursRun: string | undefined;
  readonly conditions: readonly Condition[];
  readonly curves: ReadonlyMap<string, Curve>;
  /** In the order of the text. */
  readonly streams: readonly Stream[];
}

export interface Team {
  readonly id: string;
  readonly name: Name;
  readonly crew: string;
  readonly units: readonly string[];
  readonly organisation: string | undefined;
  readonly party: string | undefined;
  readonly members: number;
  readonly partyMembers: number;
}

export interface League {
  readonly id: string;
  readonly name: Name;
  readonly units: readonly string[];
  /** Unlike units: compared by gain standardised with the prior period. */
  readonly unlike: boolean;
}

export interface Organisation {
  readonly id: string;
  readonly name: Name;
  readonly kind: string;
  readonly parent: string | undefined;
}

// ── prices ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export type PriceKind = 'plan' | 'transfer' | 'actual';
export interface Price {
  readonly item: string;
  readonly kind: PriceKind;
  /** First accounting day, and the first one no longer. */
  readonly from: Day;
  readonly to: Day | undefined;
  /** In price steps, yuan per unit of the item. */
  readonly steps: number;
  readonly measure: Measure | undefined;
  readonly recordedAt: Instant;
  /** Where it stands in `prices.csv`. */
  readonly line: number;
}

// ── facts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One thing that was said, as it stood from `recordedAt` until a later row with the same id. */
export interface Fact {
  readonly id: string;
  /** When this row was learnt, and when the first row with this id was. */
  readonly recordedAt: Instant;
  readonly firstRecordedAt: Instant;
  readonly withdrawn: boolean;
  readonly by: string;
  readonly approvedBy: string;
  readonly reason: string;
}
/** A dispatch order, or a supply or downstream limit, on one output. */
export interface LimitFact extends Fact {
  readonly kind: 'order' | 'supplied' | 'accepted';
  readonly unit: string;
  readonly output: string;
  readonly from: Instant;
  readonly to: Instant;
  /** Units of the output per hour. */
  readonly rate: Ratio;
  readonly bookedTo: string;
}
export interface ExclusionFact extends Fact {
  readonly unit: string;
  readonly from: Instant;
  readonly to: Instant;
}
export interface FeeFact extends Fact {
  readonly unit: string;
  readonly stream: string;
  readonly time: Instant;
  readonly fen: number;
  readonly cycle: boolean;
}
export interface SwapFact extends Fact {
  readonly unit: string;
  readonly day: Day;
  readonly shift: string;
  readonly crew: string;
}
export interface ReplacementFact extends Fact {
  readonly point: string;
  readonly time: Instant;
  /** In steps of the register's face. */
  readonly oldFinal: number;
  readonly newFirst: number;
  readonly multiplier: number | undefined;
}
export interface ConfirmationFact extends Fact {
  readonly point: string;
  readonly time: Instant;
}
export interface SampleFact extends Fact {
  readonly point: string;
  readonly time: Instant;
  /** A composite's sampling interval. */
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
  readonly kind: SampleKind;
  readonly of: string | undefined;
  /** In steps of the point. */
  readonly value: number | undefined;
  readonly k: number | undefined;
  readonly n: number | undefined;
}
export interface BudgetRow {
  readonly unit: string;
  readonly stream: string;
  readonly first: Day;
  readonly last: Day;
  readonly amount: Ratio;
  readonly plannedHours: Ratio | undefined;
}

export interface Facts {
  readonly limits: readonly LimitFact[];
  readonly exclusions: readonly ExclusionFact[];
  readonly fees: readonly FeeFact[];
  readonly swaps: readonly SwapFact[];
  readonly replacements: readonly ReplacementFact[];
  readonly confirmations: readonly ConfirmationFact[];
  readonly samples: readonly SampleFact[];
}

/** The rows that stand as of `asOf`: of each id the one learnt last, unless that one takes it back. */
export function standing<T extends Fact>(facts: readonly T[], asOf: Instant): T[] {
  const last = new Map<string, T>();
  for (const fact of facts) {
    if (fact.recordedAt > asOf) continue;
    const known = last.get(fact.id);
    if (!known || fact.recordedAt >= known.recordedAt) last.set(fact.id, fact);
  }
  return [...last.values()].filter((fact) => !fact.withdrawn);
}

// ── sources ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A shape of CSV file that other systems write: a row an instant or interval, a column a point. */
export interface Source {
  readonly id: string;
  /** The file's name, `*` standing for anything. */
  readonly file: string;
  readonly time: string;
  readonly order: 'ymd' | 'dmy' | 'mdy';
  /** Ms from midnight of a row that gives only a day. */
  readonly clockMs: number;
  readonly zone: Zone;
  /** A row tells of the interval that begins, or ends, at its stamp. */
  readonly stamps: 'start' | 'end';
  /** 0 when rows tell of instants. */
  readonly intervalMs: number;
  /** Whether 00:00 of a day is that day's end. */
  readonly midnightEnds: boolean;
  /** Only rows whose cell of this column is one of these. */
  readonly where: ReadonlyMap<string, ReadonlySet<string>>;
  /** Column → point, in which `{column}` stands for the row's cell of that column. */
  readonly columns: ReadonlyMap<string, string>;
}

// ── the plant ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Plant {
  /** SHA-256 of its texts, name by name. */
  readonly hash: string;
  readonly id: string;
  readonly name: Name;
  readonly zone: Zone;
  readonly priceStep: Step;
  readonly monthStartsOn: number;
  readonly cutOffMs: number;
  readonly leastHours: Ratio;
  readonly mostSubstituted: Ratio;
  readonly measures: ReadonlyMap<string, Measure>;
  readonly administrative: ReadonlyMap<string, Organisation>;
  readonly party: ReadonlyMap<string, Organisation>;
  readonly clocks: ReadonlyMap<string, Clock>;
  readonly shiftNames: ReadonlyMap<string, Name>;
  readonly units: ReadonlyMap<string, Unit>;
  readonly points: readonly Point[];
  readonly pointById: ReadonlyMap<string, Point>;
  readonly flows: ReadonlyMap<
    string,
    { readonly id: string; readonly name: Name; readonly point: string; readonly check: string | undefined }
  >;
  readonly teams: ReadonlyMap<string, Team>;
  readonly leagues: ReadonlyMap<string, League>;
  readonly sources: ReadonlyMap<string, Source>;
  readonly prices: ReadonlyMap<string, readonly Price[]>;
  readonly budgets: readonly BudgetRow[];
}

/** The value in force on an accounting day, undefined before the first. */
export const inForce = <T>(list: readonly Dated<T>[], day: Day): T | undefined =>
  list.findLast((x) => x.from <= day)?.value;

/** Key of a price list: the item and the kind. */
export const priceKey = (item: string, kind: PriceKind): string => `${kind} ${item}`;

/** The price in force on an accounting day as known at `asOf`: the latest start wins, then the latest record. */
export function priceOn(plant: Plant, item: string, kind: PriceKind, day: Day, asOf: Instant): number | undefined {
  let best: Price | undefined;
  for (const price of plant.prices.get(priceKey(item, kind)) ?? []) {
    if (price.recordedAt > asOf || price.from > day || (price.to !== undefined && price.to <= day)) continue;
    if (!best || price.from > best.from || (price.from === best.from && price.recordedAt >= best.recordedAt))
      best = price;
  }
  return best?.steps;
}

/** The team that answers for a crew on a unit: the declared one, else `unit/crew`. */
export function teamOf(plant: Plant, unit: string, crew: string): string {
  for (const team of plant.teams.values()) if (team.crew === crew && team.units.includes(unit)) return team.id;
  return `${unit}/${crew}`;
}

const everyTeam = new WeakMap<Plant, ReadonlyMap<string, Team>>();

/** The declared teams, and those that crews form without a word (`unit/crew`): whoever stands on a board can have people. */
export function allTeams(plant: Plant): ReadonlyMap<string, Team> {
  const known = everyTeam.get(plant);
  if (known) return known;
  const teams = new Map(plant.teams);
  for (const { id: unit, name, organisation, rotation } of plant.units.values())
    for (const crew of new Set(rotation.periods.flatMap((period) => period.crews))) {
      const id = teamOf(plant, unit, crew);
      if (teams.has(id)) continue;
      const called = { zh: `${name.zh} ${crew}`, en: `${name.en} ${crew}` };
      teams.set(id, {
        ...{ id, name: called, crew, units: [unit], organisation, party: undefined },
        ...{ members: 0, partyMembers: 0 },
      });
    }
  everyTeam.set(plant, teams);
  return teams;
}

/** The same shift with the crew that swaps known at `asOf` say. */
export function withSwap(shift: Shift, swaps: readonly SwapFact[]): Shift {
  const swap = swaps.findLast((s) => s.unit === shift.unit && s.day === shift.day && s.shift === shift.code);
  return swap ? { ...shift, crew: swap.crew } : shift;
}
