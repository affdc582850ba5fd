// Stocks: work in process and own product. A stock is priced at standard cost and, for the share of the work that is done,
// the margin of what it makes: neither draining nor hoarding pays.

import { inForce, priceKey, type StockStream } from '../plant.ts';
import { add, hoursOf, type Interval, multiply, ONE, type Ratio, ratio, subtract, toSteps, ZERO } from '../quantity.ts';
import type { Quantity } from './basis.ts';
import { budgetRate } from './outputs.ts';
import { meanPrice } from './prices.ts';
import { type Scene, streamsOf, tell, tellQuantity } from './scene.ts';
import type { Prices, StockResult } from './sheet.ts';
import { coefficientOf, planOf, type Slice } from './standards.ts';

export function stockChange(scene: Scene, stock: StockStream, parts: readonly Interval[] = scene.intervals): Quantity {
  const completion = stock.completion.kind === 'point' ? stock.completion.point : undefined;
  return scene.books.stockChange(stock.quantity, stock.step, completion, parts);
}

/** A stock's change, its plan price and the margin in it. Without a price, or one that its standard cost needs: incomplete. */
export function settleStock(
  scene: Scene,
  stream: StockStream,
  change: Quantity,
  prices: Prices,
  complete: boolean,
): { result: StockResult; price: number | undefined; complete: boolean } {
  tellQuantity(scene, stream, stream.quantity.point, change);
  const ownCost = standardCost(scene, prices, stream.id);
  const price = ownCost && stockPrice(scene, stream, prices, ownCost);
  if (complete && price === undefined)
    tell(scene, 'no-price', { stream: stream.id, args: { item: stream.item, kind: 'plan' } });
  const margin =
    price === undefined ? ZERO : subtract(multiply(ratio(price), scene.books.plant.priceStep.size), ownCost as Ratio);
  const result = { stream, change, steps: change.steps ?? 0, price: price ?? 0, margin };
  return { result, price, complete: complete && price !== undefined };
}

/** As listed; else the standard cost and, as far as the work is done, the margin of what it makes. */
function stockPrice(scene: Scene, stream: StockStream, prices: Prices, ownCost: Ratio): number | undefined {
  const { books } = scene;
  const { priceStep } = books.plant;
  const rows = books.plant.prices.get(priceKey(stream.item, 'plan')) ?? [];
  if (rows.some((p) => p.recordedAt <= books.asOf)) return books.price(stream.item, 'plan', scene.shift.day);
  const sold = prices.get(stream.makes);
  const cost = standardCost(scene, prices, stream.makes);
  if (sold === undefined || !cost) return undefined;
  const completion = stream.completion.kind === 'point' ? ONE : stream.completion.value;
  const margin = subtract(multiply(ratio(sold), priceStep.size), cost);
  return toSteps(add(ownCost, multiply(completion, margin)), priceStep);
}

/** Σ coefficient of a driver × plan price of each input (by-products reversed) at budget load and conditions, in yuan; undefined without a
 * price that it needs. */
function standardCost(scene: Scene, prices: Prices, driver: string): Ratio | undefined {
  const { shift, unit } = scene;
  const load = streamsOf(unit, 'output').find((s) => s.id === unit.load);
  const slice: Slice = {
    drivers: new Map(),
    hours: hoursOf(shift.to - shift.from),
    load: load ? budgetRate(scene, load) : ZERO,
    conditions: new Map(unit.conditions.map((c) => [c.id, c.budget])),
  };
  let sum = ZERO;
  for (const input of streamsOf(unit, 'input', 'by-product')) {
    const standard = inForce(input.standards, shift.day);
    const term = standard && planOf(unit, input, standard).terms.find((t) => t.driver === driver);
    if (!term) continue;
    const price = meanPrice(scene, prices, input);
    if (!price) return undefined;
    const each = multiply(coefficientOf(term, slice), price);
    sum = input.role === 'by-product' ? subtract(sum, each) : add(sum, each);
  }
  return sum;
}
