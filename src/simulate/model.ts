// What a plant is made of while it is being drawn: units, flows, gauges. The texts that go into plant.yaml stand beside the
// doubles by which the process runs; only the texts are the truth for settling.
import type { Chance } from './chance.ts';
import type { Roster, Shift, Zone } from './clockwork.ts';
import { type Step, stepOf } from './decimal.ts';
import type { Wishes } from './features.ts';
import type { Item, Trade } from './trades.ts';
import type { Row, YamlMap } from './write.ts';

/** The process runs in ticks. */
export const TICK_MINUTES = 5;
export const TICK = TICK_MINUTES * 60_000;

export type GaugeKind = 'counter' | 'rate' | 'level' | 'batch' | 'figure' | 'typed counter' | 'sample';

/** What a meter sees, tick by tick: a rate an hour or, of levels, conditions and samples, a value. */
export type Track = Float64Array;

export interface Gauge {
  readonly id: string;
  readonly kind: GaugeKind;
  readonly step: Step;
  readonly track: Track;
  readonly unit: Unit;
  /** Its entry in `points`; meters add what they need (a rollover its greatest rate). */
  readonly keys: YamlMap;
  /** The greatest rate an hour the process may reach, in the gauge's unit. */
  readonly most: number;
}

export interface Term {
  readonly of: Flow | Stock;
  readonly coefficient: (load: number, temperature: number) => number;
}

export interface Flow {
  readonly id: string;
  readonly role: 'output' | 'input' | 'by-product';
  readonly item: Item;
  readonly track: Track;
  readonly keys: YamlMap;
  /** Units an hour at budget. */
  readonly rate: number;
  readonly terms: Term[];
  fixed: number;
  /** Of an input: a stock of its own between receipt and use. */
  own?: { readonly track: Track; readonly perMetre: number; readonly received: Track };
}

export interface Stock {
  readonly id: string;
  /** Level in m. */
  readonly track: Track;
  readonly perMetre: number;
  readonly completion: number;
  /** Units an hour by which it grows, tick by tick. */
  readonly growth: Track;
  readonly density: Track | undefined;
  readonly completionTrack: Track | undefined;
}

export interface Quality {
  readonly id: string;
  readonly gauge: Gauge;
  readonly byShare: boolean;
  /** Budget share of k/n, or budget value. */
  readonly target: number;
  /** Yuan per unit of output and unit of value. */
  readonly slope: number;
}

export interface Fee {
  readonly id: string;
  readonly perHour: number;
  readonly periodic: boolean;
}

export interface CrewTruth {
  /** Relative excess use per input or by-product: 0.02 uses 2 % more than the standard. */
  readonly effects: Record<string, number>;
  /** Relative load of the crew where it sets the load. */
  readonly load: number;
  /** Shift of the sample's value, or of the share inside the window, per quality stream. */
  readonly quality: Record<string, number>;
  /** Relative use left to the crew that follows, for two hours. */
  readonly carryOver: number;
  /** Metres an hour by which it empties (−) or fills (+) the tank in its last hour. */
  readonly game: number;
  /** What the effects are worth at plan prices and budget load, against the standard. */
  trueGainFenPerHour: number;
}

export interface Unit {
  readonly id: string;
  readonly number: number;
  readonly trade: Trade;
  readonly roster: Roster;
  /** From the day before the first to the day after the last; swaps done. */
  readonly shifts: Shift[];
  readonly keys: YamlMap;
  readonly streams: YamlMap;
  readonly flows: Flow[];
  readonly qualities: Quality[];
  readonly fees: Fee[];
  readonly gauges: Gauge[];
  readonly crews: Record<string, CrewTruth>;
  readonly crewLoad: boolean;
  stock?: Stock;
  temperature?: Track;
  running: Track;
  /** When it stands still, and when and to what the process is held back. */
  readonly stops: { readonly from: number; readonly to: number }[];
  readonly caps: { readonly from: number; readonly to: number; readonly rate: number }[];
}

export interface Price {
  readonly item: string;
  readonly kind: 'plan' | 'transfer';
  readonly yuan: number;
}

export interface Site {
  readonly wishes: Wishes;
  readonly zone: Zone;
  readonly chance: Chance;
  readonly clean: boolean;
  /** First tick's instant and how many there are. */
  readonly from: number;
  readonly ticks: number;
  readonly firstDay: number;
  readonly lastDay: number;
  readonly monthStart: number;
  readonly periodMinutes: number;
  readonly stamp: (at: number) => string;
  readonly units: Unit[];
  readonly points: YamlMap;
  readonly flows: YamlMap;
  readonly prices: Map<string, Price>;
  readonly tables: Map<string, Row[]>;
}

export const track = (site: Site, value = 0): Track => new Float64Array(site.ticks).fill(value);
export const tickAt = (site: Site, at: number): number => Math.floor((at - site.from) / TICK);

/** Adds a row to a table of facts. */
export function addRow(site: Site, table: string, row: Row): void {
  const rows = site.tables.get(table);
  if (rows) rows.push(row);
  else site.tables.set(table, [row]);
}

/** Registers a price once per item. */
export function priceOf(site: Site, item: string, yuan: number, kind: 'plan' | 'transfer' = 'plan'): number {
  const key = `${kind} ${item}`;
  const known = site.prices.get(key);
  if (known) return known.yuan;
  site.prices.set(key, { item, kind, yuan });
  return yuan;
}

/** Declares a point with its gauge. */
export function addGauge(
  site: Site,
  unit: Unit,
  kind: GaugeKind,
  prefix: string,
  measure: string,
  step: string,
  seen: Track,
  most: number,
): Gauge {
  const id = `${prefix}-${unit.number}${String(Object.keys(site.points).length + 1).padStart(2, '0')}`;
  const yamlKind = kind === 'figure' || kind === 'typed counter' ? 'manual' : kind;
  const keys: YamlMap = { kind: yamlKind, unit: measure, step };
  if (yamlKind === 'manual') keys.form = kind === 'figure' ? 'figure' : 'counter';
  site.points[id] = keys;
  const gauge: Gauge = { id, kind, step: stepOf(step), track: seen, unit, keys, most };
  unit.gauges.push(gauge);
  return gauge;
}
