// Stocks: work in process and own product. A stock is priced at standard cost and, for the share of the work that is done,
// the margin of what it makes: neither draining nor hoarding pays.

import { inForce, type OutputStream, priceKey, type StockStream } from '../plant.ts';
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

/** A stock's change, its plan price and the margin in it; `price` is undefined when listed but not in force. */
export function settleStock(
  scene: Scene,
  stream: StockStream,
  change: Quantity,
  prices: Prices,
  complete: boolean,
): { result: StockResult; price: number | undefined; complete: boolean } {
  tellQuantity(scene, stream, stream.quantity.point, change);
  const { books } = scene;
  const size = books.plant.priceStep.size;
  const ownCost = standardCost(scene, prices, stream.id);
  const rows = books.plant.prices.get(priceKey(stream.item, 'plan')) ?? [];
  const listed = rows.some((p) => p.recordedAt <= books.asOf);
  let price: number | undefined;
  if (listed) {
    price = books.price(stream.item, 'plan', scene.shift.day);
    if (price === undefined) tell(scene, 'no-price', { stream: stream.id, args: { item: stream.item, kind: 'plan' } });
  } else if (complete) {
    const output = scene.unit.streams.find((s) => s.id === stream.makes) as OutputStream;
    const completion = stream.completion.kind === 'point' ? ONE : stream.completion.value;
    const outputPrice = multiply(ratio(prices.get(output.id) ?? 0), size);
    const margin = subtract(outputPrice, standardCost(scene, prices, output.id));
    price = toSteps(add(ownCost, multiply(completion, margin)), books.plant.priceStep);
  }
  const margin = subtract(multiply(ratio(price ?? 0), size), ownCost);
  return {
    result: { stream, change, steps: change.steps ?? 0, price: price ?? 0, margin },
    price,
    complete: complete && (price !== undefined || !listed),
  };
}

/** Σ coefficient of a driver × plan price of each input (by-products reversed) at budget load and conditions, in yuan. */
function standardCost(scene: Scene, prices: Prices, driver: string): Ratio {
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
    const each = multiply(coefficientOf(term, slice), meanPrice(scene, prices, input));
    sum = input.role === 'by-product' ? subtract(sum, each) : add(sum, each);
  }
  return sum;
}
