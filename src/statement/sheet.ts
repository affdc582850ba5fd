// The words of a shift sheet: what settling gives and every face renders. Plain data, no behaviour.

import type { Shift, Stream } from '../plant.ts';
import type { Instant, Interval, Ratio, Step } from '../quantity.ts';
import type { Basis, Quantity } from './basis.ts';
import type { Slice } from './standards.ts';

/** Who a line is counted to. */
export type Answerer = 'crew' | 'company';

export type LineKind =
  | 'conditions'
  | 'limit'
  | 'unordered'
  | 'output-mix'
  | 'volume'
  | 'stock'
  | 'usage'
  | 'mix'
  | 'yield'
  | 'quality'
  | 'fees';

/** One line of the chain from V_B to V, in fen. */
export interface Line {
  /** `usage.steam`, `usage.power.peak`, `volume`. */
  readonly key: string;
  readonly kind: LineKind;
  readonly stream: string | undefined;
  readonly band: string | undefined;
  readonly fen: number;
  /** Who answers for it in the counted part; a stock line may be shared. */
  readonly crewFen: number;
  /** The share of the line that rests on substitutes or on nothing, in ms of `weakOfMs`. */
  readonly weakMs: number;
  readonly weakOfMs: number;
  /** To whom a limit line is booked. */
  readonly booked: readonly { readonly to: string; readonly fen: number }[];
}

export type NoticeCode =
  | 'conflicting-readings'
  | 'implausible-rise'
  | 'unknown-drop'
  | 'rollover'
  | 'replacement'
  | 'missing-quantity'
  | 'substituted-quantity'
  | 'unconfirmed'
  | 'edge-without-value'
  | 'window-without-value'
  | 'grain-without-value'
  | 'band-without-value'
  | 'hours-run-missing'
  | 'condition-missing'
  | 'curve-clipped'
  | 'no-coefficient'
  | 'no-sample'
  | 'lots-without-tonnes'
  | 'sample-replaced'
  | 'no-price'
  | 'meters-disagree'
  | 'beyond-range'
  | 'odd-figure';

/** Something a reader of the sheet should know: which rule, where, when. */
export interface Notice {
  readonly code: NoticeCode;
  readonly stream?: string;
  readonly point?: string;
  readonly at?: Instant;
  readonly args?: Readonly<Record<string, string>>;
}

/** How the outputs of one stage stand: budget, limited, ordered or actual. */
export interface OutputResult {
  readonly stream: Stream & { readonly role: 'output' };
  readonly quantity: Quantity;
  readonly budgetSteps: number;
  readonly limitedSteps: number;
  readonly orderedSteps: number;
  /** At the group's mix in B′, in steps of `mixedStep` (its own outside a product group). */
  readonly mixedSteps: number;
  readonly mixedStep: Step;
}

export interface InputResult {
  readonly stream: Stream & { readonly role: 'input' | 'by-product' };
  /** As measured; the allowed quantity stands in when missing. */
  readonly quantity: Quantity;
  readonly used: number;
  readonly allowed: Allowed;
  readonly bands: readonly BandResult[];
  /** The group's total at the group's standard mix, in a mix group. */
  readonly mix: { readonly steps: number; readonly step: Step } | undefined;
  /** The slices of S(Q, Δ), for the explanation. */
  readonly slices: readonly Slice[];
}

/** S of a stream at every stage, in steps. */
export interface Allowed {
  readonly budgetGiven: number;
  readonly budget: number;
  readonly limited: number;
  readonly mixed: number;
  readonly ordered: number;
  readonly outputs: number;
  readonly actual: number;
}
export type Stage = keyof Allowed;

export interface BandResult {
  readonly band: string;
  readonly used: number;
  readonly allowed: Allowed;
}

export interface StockResult {
  readonly stream: Stream & { readonly role: 'stock' };
  readonly change: Quantity;
  /** The change that counts: 0 when missing. */
  readonly steps: number;
  /** Plan price in price steps, and its margin share per unit, in yuan. */
  readonly price: number;
  readonly margin: Ratio;
}

export interface LotResult {
  readonly samples: readonly string[];
  readonly k: number | undefined;
  readonly n: number | undefined;
  /** The mean in units of the point, exact. */
  readonly mean: Ratio | undefined;
  readonly premiumSteps: number;
  readonly tonnesSteps: number;
  readonly fen: number;
}
export interface QualityResult {
  readonly stream: Stream & { readonly role: 'quality' };
  readonly lots: readonly LotResult[];
  readonly shown: string;
  readonly basis: Basis;
  readonly fen: number;
}
export interface FeeResult {
  readonly stream: Stream & { readonly role: 'fee' };
  readonly budgetFen: number;
  readonly actualFen: number;
}

/** The prices a part was valued at, in price steps, by stream (or stream.band). */
export type Prices = ReadonlyMap<string, number>;

/** The counted or the excluded part of a shift. */
export interface Part {
  readonly kind: 'counted' | 'excluded';
  readonly intervals: readonly Interval[];
  readonly hours: Ratio;
  readonly hoursRun: Ratio;
  /** False when an output or a price is missing: then there are no amounts. */
  readonly complete: boolean;
  readonly outputs: readonly OutputResult[];
  readonly stocks: readonly StockResult[];
  readonly inputs: readonly InputResult[];
  readonly qualities: readonly QualityResult[];
  readonly fees: readonly FeeResult[];
  readonly prices: Prices;
  readonly windows: readonly WindowResult[];
  readonly valueFen: number;
  readonly budgetValueFen: number;
  readonly lines: readonly Line[];
  /** Company lines outside the chain: price, unaccounted. */
  readonly memo: readonly { readonly key: string; readonly fen: number }[];
  readonly crewGainFen: number;
  readonly companyFen: number;
  /** The sum of the lines by their ordinary answerer, as if the part counted (for the second rank). */
  readonly restoredGainFen: number;
  /** The worst share of time that an output, input or stock rests on substitutes or nothing. */
  readonly weakShare: Ratio;
  readonly notices: readonly Notice[];
}

/** An order or limit as it acted in a part. */
export interface WindowResult {
  readonly id: string;
  readonly kind: 'order' | 'supplied' | 'accepted';
  readonly output: string;
  readonly intervals: readonly Interval[];
  readonly rate: Ratio;
  readonly excessSteps: number;
  /** What the window took off the budget, exact, in units of the output. */
  readonly lost: Ratio;
  readonly bookedTo: string;
}

export type State = 'draft' | 'provisional' | 'final' | 'restated';

/** A shift's account. */
export interface Sheet {
  readonly shift: Shift;
  readonly team: string;
  readonly state: State;
  /** How far a draft has come; the shift's end otherwise. */
  readonly through: Instant;
  readonly counted: Part | undefined;
  readonly excluded: Part | undefined;
  readonly notices: readonly Notice[];
}
