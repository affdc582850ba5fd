// Budgets and prices typed far outside their own series: a slipped decimal point would set a month's account wrong and
// nothing else in the plant would notice. Told as warnings; what figures typed each shift say is `statement`'s business.
import { type Ratio, toNumber } from '../quantity.ts';
import { findFarOutside } from '../statistics.ts';
import { type Day, formatDay } from './calendar.ts';
import type { Document } from './document.ts';
import type { Dated, Plant } from './model.ts';
import type { Place, Problems } from './problem.ts';

interface Figure {
  readonly from: Day;
  readonly value: number;
}

/** Adds a warning for each budget of a stream, by month or dated, and each price that its own series is nowhere near. */
export function checkFigures(plant: Plant, written: Document, problems: Problems): void {
  const tell = (what: string, place: Place, figures: readonly Figure[]): void => {
    for (const { index, median } of findFarOutside(figures.map(({ value }) => value))) {
      const { from, value } = figures[index] as Figure;
      problems.warn('odd-figure', place, { what, from: dayText(from), found: plain(value), median: plain(median) });
    }
  };
  for (const unit of plant.units.values())
    for (const stream of unit.streams) {
      if (stream.role !== 'output' && stream.role !== 'fee') continue;
      const what = `${unit.id} ${stream.id}`;
      tell(what, written.placeOf(['units', unit.id, 'streams', stream.id, 'budget']), stream.budget.map(figureOf));
      const months = plant.budgets.filter((row) => row.unit === unit.id && row.stream === stream.id);
      const monthly = months.map(({ first, amount, plannedHours }) => ({
        from: first,
        value: toNumber(amount) / (plannedHours ? toNumber(plannedHours) : 1),
      }));
      tell(what, { file: 'budgets.csv', line: 0, column: 0 }, monthly);
    }
  for (const rows of plant.prices.values()) {
    const size = toNumber(plant.priceStep.size);
    const figures = rows.map(({ from, steps }) => ({ from, value: Math.abs(steps) * size }));
    tell(`${rows[0]?.item ?? ''} ${rows[0]?.kind ?? ''}`, { file: 'prices.csv', line: 0, column: 0 }, figures);
  }
}

const figureOf = ({ from, value }: Dated<Ratio>): Figure => ({ from, value: toNumber(value) });
const dayText = (day: Day): string => (Number.isFinite(day) ? formatDay(day) : '');
const plain = (value: number): string => String(Number(value.toPrecision(10)));
