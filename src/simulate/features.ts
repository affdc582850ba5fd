// What a plant may contain: each feature has its own probability, so that over a few hundred seeds all pairs meet.
// A drawn feature is a wish; it counts as planted when the plant has room for it (a stock game needs a stock).
import { type Chance, chanceOf } from './chance.ts';

/** One member of each group is always there; the first is that of a plain plant. Weights, not probabilities. */
export const CHOICES = {
  clock: { 'clock-8h': 30, 'clock-12h': 22, 'clock-7-8-9': 20, 'clock-23-50': 20, 'clock-holes': 12 },
  day: { 'day-on': 40, 'day-before': 35, 'day-after': 25 },
  month: { 'month-1': 40, 'month-26': 35, 'month-27': 25 },
  zone: { 'zone-shanghai': 60, 'zone-berlin': 20, 'zone-st-johns': 20 },
  crews: { 'four-crews': 64, 'five-crews': 18, 'three-crews': 18 },
} as const;

export const FEATURES = {
  // calendar
  'two-units': 0.5,
  'unlike-clocks': 0.4,
  'rotation-change': 0.2,
  'change-over-in-fold': 0.4,
  swaps: 0.25,
  teams: 0.3,
  // model
  'crew-load': 0.45,
  stops: 0.35,
  temperature: 0.35,
  curve: 0.4,
  'formula-standard': 0.3,
  'per-hour-run': 0.5,
  'hours-run': 0.25,
  grain: 0.3,
  'dated-standard': 0.2,
  'dated-budget': 0.3,
  'monthly-budget': 0.25,
  'second-output': 0.25,
  'output-mix': 0.2,
  'mix-group': 0.25,
  'by-product': 0.3,
  'negative-price': 0.2,
  stock: 0.45,
  'stock-density': 0.3,
  'completion-point': 0.35,
  'stock-price': 0.4,
  'stock-game': 0.35,
  'less-stock': 0.3,
  tariff: 0.35,
  'tariff-with-stock': 0.6,
  flow: 0.55,
  'flow-check': 0.8,
  'share-keys': 0.35,
  'share-allowed': 0.35,
  'share-answers': 0.6,
  'formula-point': 0.3,
  'rate-point': 0.4,
  batch: 0.3,
  confirmed: 0.7,
  'manual-figure': 0.25,
  'manual-counter': 0.3,
  'new-measure': 0.4,
  'odd-steps': 0.35,
  'odd-price-step': 0.3,
  'company-answers': 0.15,
  'carry-over': 0.2,
  // prices
  'price-change': 0.3,
  'actual-prices': 0.45,
  'price-missing': 0.15,
  // quality and fees
  'quality-share': 0.4,
  'quality-value': 0.35,
  composite: 0.4,
  spot: 0.35,
  're-test': 0.35,
  arbitration: 0.3,
  're-test-chain': 0.7,
  'empty-sample': 0.7,
  fees: 0.5,
  'sub-fen-fee': 0.25,
  'periodic-fee': 0.25,
  // meters
  rollover: 0.35,
  multiplier: 0.2,
  replacement: 0.3,
  'replacement-multiplier': 0.5,
  drop: 0.35,
  'drop-restart': 0.4,
  'drop-hold': 0.5,
  'implausible-rise': 0.15,
  bad: 0.3,
  uncertain: 0.2,
  outage: 0.3,
  'long-outage': 0.2,
  'never-returns': 0.2,
  'starts-late': 0.2,
  'tight-gap': 0.2,
  late: 0.25,
  twice: 0.25,
  'out-of-order': 0.35,
  corrected: 0.25,
  conflict: 0.18,
  ties: 0.4,
  'on-the-boundary': 0.5,
  'extra-decimals': 0.4,
  'several-files': 0.15,
  'local-stamps': 0.2,
  'utc-stamps': 0.15,
  // facts
  orders: 0.4,
  'orders-overlap': 0.35,
  'order-late': 0.5,
  'order-above-budget': 0.3,
  'order-at-edge': 0.35,
  limits: 0.25,
  'facts-replaced': 0.25,
  'facts-withdrawn': 0.25,
  exclusions: 0.4,
  'exclusions-overlap': 0.4,
  'exclusions-touch': 0.4,
  'exclusion-whole-shift': 0.35,
  'exclusion-in-outage': 0.4,
  'exclusion-over-order': 0.45,
} as const;

/** What makes a plant to show: everything a crew meets in a month, and few troubles. */
export const SHOWCASE: readonly FeatureName[] = [
  'clock-8h',
  'teams',
  'crew-load',
  'stops',
  'temperature',
  'curve',
  'per-hour-run',
  'by-product',
  'stock',
  'stock-game',
  'flow',
  'flow-check',
  'quality-share',
  'fees',
  'periodic-fee',
  'actual-prices',
  'rollover',
  'replacement',
  'outage',
  'late',
  'on-the-boundary',
  'orders',
  'limits',
  'exclusions',
  'swaps',
];

export type Feature = keyof typeof FEATURES;
export type Choice = { [G in keyof typeof CHOICES]: keyof (typeof CHOICES)[G] }[keyof typeof CHOICES];
export type FeatureName = Feature | Choice;

export interface FeatureOptions {
  /** Just these, as far as there is room; the groups fall back to their first member. */
  readonly only?: readonly FeatureName[];
  /** These besides what the seed draws. */
  readonly with?: readonly FeatureName[];
  readonly without?: readonly FeatureName[];
}

export interface Wishes {
  has(feature: Feature): boolean;
  choice<G extends keyof typeof CHOICES>(group: G): keyof (typeof CHOICES)[G];
  /** Says that the plant now contains it. */
  plant(feature: FeatureName): void;
  /** Whether this plant wants the feature; if so it counts as planted. */
  take(feature: Feature): boolean;
  readonly planted: ReadonlySet<FeatureName>;
}

export const featureNames = (): FeatureName[] => [
  ...Object.values(CHOICES).flatMap((group) => Object.keys(group) as Choice[]),
  ...(Object.keys(FEATURES) as Feature[]),
];

export function drawWishes(seed: number, options: FeatureOptions): Wishes {
  const chance = chanceOf(seed).fork('features');
  const { only, with: forced = [], without = [] } = options;
  const known = new Set(featureNames());
  for (const name of [...(only ?? []), ...forced, ...without])
    if (!known.has(name)) throw new RangeError(`no feature is called ${name}`);
  const wanted = new Set<FeatureName>();
  const allowed = (name: FeatureName): boolean => !without.includes(name);
  for (const [name, p] of Object.entries(FEATURES) as [Feature, number][]) {
    const drawn = only === undefined ? chance.fork(name).yes(p) : only.includes(name);
    if ((drawn || forced.includes(name)) && allowed(name)) wanted.add(name);
  }
  const planted = new Set<FeatureName>();
  const chosen = new Map<string, Choice>();
  for (const [group, members] of Object.entries(CHOICES)) {
    const names = (Object.keys(members) as Choice[]).filter(allowed);
    const named = names.find((name) => forced.includes(name) || only?.includes(name));
    const weighted = names.flatMap((name) => Array<Choice>((members as Record<string, number>)[name]!).fill(name));
    const choice = named ?? (only === undefined ? pickOf(chance.fork(group), weighted) : names[0]) ?? names[0];
    if (choice === undefined) throw new RangeError(`without leaves no ${group}`);
    chosen.set(group, choice);
    planted.add(choice);
  }
  return {
    has: (feature) => wanted.has(feature),
    choice: (group) => chosen.get(group) as keyof (typeof CHOICES)[typeof group],
    plant: (feature) => void planted.add(feature),
    take(feature) {
      if (wanted.has(feature)) planted.add(feature);
      return wanted.has(feature);
    },
    planted,
  };
}

const pickOf = (chance: Chance, list: readonly Choice[]): Choice | undefined =>
  list.length === 0 ? undefined : chance.pick(list);
