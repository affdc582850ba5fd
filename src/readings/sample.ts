// Laboratory samples: booked at sampling time − transport delay, kept one by one, a repeat counting only as declared.

import type { SampleFact, SamplePoint } from '../plant.ts';
import type { Instant, Interval } from '../quantity.ts';

/** A sample that counts, at its booked time; `value` in steps of the point, `k` of `n` when counted or judged. */
export interface Lot {
  readonly id: string;
  readonly at: Instant;
  /** A composite's booked interval; undefined for a sample of one instant. */
  readonly over: Interval | undefined;
  readonly value: number | undefined;
  readonly k: number | undefined;
  readonly n: number | undefined;
  /** The sample whose value stands, when a repeat replaced it. */
  readonly replacedBy: string | undefined;
}

/**
 * The samples of a point that count, in order of time and id. `facts` are those that stand. A sample of a kind in
 * `replaced by` that names another gives that one's figures: the one sampled last, then recorded last, then the greater id.
 */
export function countingSamples(point: SamplePoint, facts: readonly SampleFact[]): Lot[] {
  const own = facts.filter((fact) => fact.point === point.id);
  const repeats = new Map<string, SampleFact>();
  for (const fact of own) {
    if (fact.of === undefined || !point.replacedBy.includes(fact.kind)) continue;
    const known = repeats.get(fact.of);
    if (!known || isLater(fact, known)) repeats.set(fact.of, fact);
  }
  return own
    .filter((fact) => point.counts.includes(fact.kind))
    .map((fact) => {
      const figures = repeats.get(fact.id) ?? fact;
      const composite = fact.from !== undefined && fact.to !== undefined;
      return {
        id: fact.id,
        at: fact.time - point.delayMs,
        over: composite
          ? { from: (fact.from as number) - point.delayMs, to: (fact.to as number) - point.delayMs }
          : undefined,
        value: figures.value,
        k: figures.k,
        n: figures.n,
        replacedBy: figures === fact ? undefined : figures.id,
      };
    })
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

const isLater = (a: SampleFact, b: SampleFact): boolean =>
  a.time !== b.time ? a.time > b.time : a.recordedAt !== b.recordedAt ? a.recordedAt > b.recordedAt : a.id > b.id;
