// What a record still proves once its readings are gone: the lines sum to value less budget, and a usage line is allowed less
// used, each times the plan price and rounded. A part whose figures do not fit is told by the line.
import { type Plant, priceOn } from '../plant.ts';
import { amountFen, amountScale, parseDecimal, toSteps } from '../quantity.ts';
import type { PartRecord, SheetRecord } from '../statement.ts';

export interface Mismatch {
  readonly line: string;
  readonly expected: number;
  readonly found: number;
}

/** Checks a record from its own quantities under the model of its day; `day` counted from 1970, prices as known at `asOf`. */
export function recheckRecord(plant: Plant, record: SheetRecord, day: number, asOf: number): Mismatch[] {
  return [record.counted, record.excluded].flatMap((part) =>
    part?.complete ? recheckPart(plant, record.unit, part, day, asOf) : [],
  );
}

function recheckPart(plant: Plant, unit: string, part: PartRecord, day: number, asOf: number): Mismatch[] {
  const out: Mismatch[] = [];
  const sum = Object.values(part.lines).reduce((total, fen) => total + fen, 0);
  const difference = (part.valueFen ?? 0) - (part.budgetValueFen ?? 0);
  if (sum !== difference) out.push({ line: 'value', expected: difference, found: sum });
  for (const stream of plant.units.get(unit)?.streams ?? []) {
    if ((stream.role !== 'input' && stream.role !== 'by-product') || stream.tariff || stream.mix !== undefined)
      continue;
    const found = part.lines[`usage.${stream.id}`];
    const price = priceOn(plant, stream.item, stream.flow === undefined ? 'plan' : 'transfer', day, asOf);
    const allowed = parseDecimal(part.allowed[stream.id] ?? '');
    if (found === undefined || price === undefined || !allowed) continue;
    // A missing input counts as its allowed quantity.
    const used = parseDecimal(part.quantities[stream.id] ?? '') ?? allowed;
    const scale = amountScale(stream.step, plant.priceStep);
    const saved =
      amountFen(toSteps(allowed, stream.step), price, scale) - amountFen(toSteps(used, stream.step), price, scale);
    const expected = stream.role === 'input' ? saved : -saved;
    if (expected !== found) out.push({ line: `usage.${stream.id}`, expected, found });
  }
  return out;
}
