// How far what was learnt about some points can reach: the stretch of time in which a sheet may have changed by it. Sheets
// outside it stay as they are, byte for byte, so a running plant need not settle a month for every reading.
import { monthHolding, type Plant, type Point, type Unit } from '../plant.ts';
import type { Instant, Interval } from '../quantity.ts';
import { lastAtOrBefore } from '../readings.ts';
import type { Books } from './books.ts';
import { unitPoints } from './uses.ts';

/** Rows of a point, learnt since, that tell of instants `first … last`. */
export interface Touched {
  readonly point: string;
  readonly first: Instant;
  readonly last: Instant;
}

/**
 * The stretch of time that rows of some points can change, in books that know them already. A boundary value hangs on the
 * readings before and after it, an integral on all of its accounting month before it, the split of an outage on whatever
 * happened while it lasted.
 */
export function reachOfTouched(
  books: Books,
  units: readonly Unit[],
  touched: readonly Touched[],
): Interval | undefined {
  const { plant } = books;
  let reach: { from: Instant; to: Instant } | undefined;
  for (const { point: id, first, last } of touched) {
    const point = plant.pointById.get(id);
    if (!point) continue;
    const [from, to] = [neighbour(books, point, first, -1), neighbour(books, point, last, 1)];
    const end = point.kind === 'rate' ? Math.max(to, monthEnd(plant, last)) : to;
    reach = reach ? { from: Math.min(reach.from, from), to: Math.max(reach.to, end) } : { from, to: end };
  }
  if (!reach) return undefined;
  const outages = units.flatMap((unit) => outagesOf(books, unit));
  for (let grown = true; grown; ) {
    grown = false;
    for (const { from, to } of outages)
      if (from <= reach.to && to >= reach.from && (from < reach.from || to > reach.to)) {
        reach = { from: Math.min(from, reach.from), to: Math.max(to, reach.to) };
        grown = true;
      }
  }
  return reach;
}

/** The nearest usable reading before (or after) an instant; the instant itself when there is none. */
function neighbour(books: Books, point: Point, at: Instant, side: 1 | -1): Instant {
  if (point.kind === 'batch' || point.kind === 'figure') return at;
  const times = point.kind === 'counter' ? books.counterOf(point).times : books.levelOf(point).times;
  const i = lastAtOrBefore(times, side < 0 ? at - 0.5 : at);
  return times[side < 0 ? i : i + 1] ?? at;
}

const monthEnd = (plant: Plant, at: Instant): Instant =>
  plant.zone.at(monthHolding(plant.zone.dayAt(at), plant.monthStartsOn).last + 2, 0).at;

/** Stretches in which a counter of the unit was not read for longer than its gap. */
function outagesOf(books: Books, unit: Unit): Interval[] {
  const out: Interval[] = [];
  for (const id of unitPoints(books.plant, unit)) {
    const point = books.plant.pointById.get(id);
    if (point?.kind !== 'counter') continue;
    const { times } = books.counterOf(point);
    for (let i = 1; i < times.length; i += 1)
      if (times[i]! - times[i - 1]! > point.register.gapMs) out.push({ from: times[i - 1]!, to: times[i]! });
  }
  return out;
}
