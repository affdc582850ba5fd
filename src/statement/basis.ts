// A quantity and what it rests on: measured, typed, shared, substituted or missing. Missing is never zero.

import { type Instant, type Interval, normalise } from '../quantity.ts';

export type Basis = 'measured' | 'typed' | 'shared' | 'substituted' | 'missing';
const WORST: readonly Basis[] = ['measured', 'typed', 'shared', 'substituted', 'missing'];
export const worse = (a: Basis, b: Basis): Basis => (WORST.indexOf(a) > WORST.indexOf(b) ? a : b);

/** How much flowed over some intervals, in quantity steps (undefined: missing), and what that rests on. */
export interface Quantity {
  readonly steps: number | undefined;
  readonly basis: Basis;
  /** The time, in ms, that rests on substitutes or on nothing. */
  readonly weakMs: number;
}

export const missing = (ms: number): Quantity => ({ steps: undefined, basis: 'missing', weakMs: ms });

/** Where a quantity is asked from: rates are anchored at the accounting month, outages are cut at a draft's end. */
export interface Asking {
  readonly unit: string;
  readonly anchor: Instant;
  readonly draftEnd: Instant | undefined;
}

export const lengthOf = (parts: readonly Interval[]): number => parts.reduce((sum, p) => sum + p.to - p.from, 0);

/** How much of `parts` lies in any of `spans`, in ms. */
export function overlapMs(parts: readonly Interval[], spans: readonly Interval[]): number {
  if (spans.length === 0) return 0;
  let ms = 0;
  for (const span of normalise(spans))
    for (const part of parts) ms += Math.max(0, Math.min(part.to, span.to) - Math.max(part.from, span.from));
  return ms;
}
