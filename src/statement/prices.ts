// Plan and transfer prices of a part, and what a quantity is worth at them: exact, then rounded half-even to fen, once.

import type { InputStream, Stream } from '../plant.ts';
import {
  type AmountScale,
  add,
  amountFen,
  amountScale,
  divide,
  type Interval,
  intersect,
  multiply,
  normalise,
  type Ratio,
  ratio,
  type Step,
  sumExact,
  ZERO,
} from '../quantity.ts';
import { lengthOf } from './basis.ts';
import { type Scene, tell } from './scene.ts';
import type { Prices } from './sheet.ts';

const scales = new WeakMap<Stream, AmountScale>();

/** The prices in force of outputs, inputs and by-products, and whether none that is needed is missing. */
export function readPrices(scene: Scene): { prices: Map<string, number>; complete: boolean } {
  const prices = new Map<string, number>();
  let complete = true;
  for (const stream of scene.unit.streams) {
    if (stream.role === 'fee' || stream.role === 'quality' || stream.role === 'stock') continue;
    const kind = stream.flow === undefined ? 'plan' : 'transfer';
    const bands = stream.role === 'input' ? stream.tariff?.bands : undefined;
    for (const band of bands ?? [undefined]) {
      const item = band === undefined ? stream.item : `${stream.item}.${band}`;
      const price = scene.books.price(item, kind, scene.shift.day);
      if (price !== undefined) prices.set(band === undefined ? stream.id : `${stream.id}.${band}`, price);
      else if (band === undefined || lengthOf(bandSpans(scene, stream as InputStream, band)) > 0) {
        // A band without time in this part needs no price.
        complete = false;
        tell(scene, 'no-price', { stream: stream.id, args: { item, kind } });
      }
    }
  }
  return { prices, complete };
}

/** The instants of the part that lie in a band of the stream's tariff. */
export function bandSpans(scene: Scene, stream: InputStream, band: string): Interval[] {
  const { zone } = scene.books.plant;
  const first = scene.intervals[0] as Interval;
  const last = scene.intervals.at(-1) as Interval;
  const spans: Interval[] = [];
  for (let day = zone.dayAt(first.from); day <= zone.dayAt(last.to); day += 1)
    for (const span of stream.tariff?.hours ?? [])
      if (span.band === band) spans.push({ from: zone.at(day, span.from).at, to: zone.at(day, span.to).at });
  return intersect(normalise(spans), scene.intervals);
}

export function scaleOf(scene: Scene, stream: Stream): AmountScale {
  let scale = scales.get(stream);
  if (!scale) {
    scale = amountScale(stream.step, scene.books.plant.priceStep);
    scales.set(stream, scale);
  }
  return scale;
}

/** What some steps of a stream (or of a band of it) are worth, in fen; 0 without a price. */
export function amountOf(scene: Scene, prices: Prices, stream: Stream, steps: number, band?: string): number {
  const price = prices.get(band === undefined ? stream.id : `${stream.id}.${band}`);
  return price === undefined ? 0 : amountFen(steps, price, scaleOf(scene, stream));
}

/** The same for a quantity that is not counted in the stream's own step. */
export function amountOn(scene: Scene, prices: Prices, stream: Stream, steps: number, step: Step): number {
  const price = prices.get(stream.id);
  return price === undefined ? 0 : amountFen(steps, price, amountScale(step, scene.books.plant.priceStep));
}

/** An input's plan price in yuan; with bands, weighted by profile × hours of a nominal day. Undefined when one is missing. */
export function meanPrice(scene: Scene, prices: Prices, stream: InputStream): Ratio | undefined {
  const size = scene.books.plant.priceStep.size;
  if (!stream.tariff) {
    const price = prices.get(stream.id);
    return price === undefined ? undefined : multiply(ratio(price), size);
  }
  let sum = ZERO;
  let weights = ZERO;
  for (const [i, band] of stream.tariff.bands.entries()) {
    const hours = sumExact(stream.tariff.hours.filter((h) => h.band === band).map((h) => h.to - h.from));
    const weight = multiply(stream.tariff.profile[i] as Ratio, ratio(hours));
    if (weight.n === 0n) continue;
    const price = prices.get(`${stream.id}.${band}`);
    if (price === undefined) return undefined;
    weights = add(weights, weight);
    sum = add(sum, multiply(weight, multiply(ratio(price), size)));
  }
  return weights.n === 0n ? undefined : divide(sum, weights);
}
