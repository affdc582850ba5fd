// A shift's account: its counted and its excluded part, its state, and what a reader should know. `settleShift` is pure:
// the same plant, facts, readings and instant give the same sheet, and bad data never throw.

import { type Day, type Facts, type Plant, type Point, type Shift, teamOf, type Unit } from '../plant.ts';
import { formatSteps, type Instant, type Interval, intersect, without } from '../quantity.ts';
import type { Log } from '../readings.ts';
import type { Asking } from './basis.ts';
import { Books } from './books.ts';
import { weighAllowed } from './inputs.ts';
import { settlePart } from './part.ts';
import type { Notice, Part, Sheet, State } from './sheet.ts';
import { reachOf, sidePoints } from './uses.ts';

/** The books of a plant as of an instant (Infinity: everything that was ever learnt). */
export const openBooks = (plant: Plant, facts: Facts, log: Log, asOf: Instant): Books =>
  new Books(plant, facts, log, asOf, weighAllowed);

/** All points that the streams of a unit rest on, through flows, formulas, shares and stocks. */
export function pointsOf(plant: Plant, unit: Unit): Point[] {
  const ids = new Set<string>();
  for (const stream of unit.streams) {
    const own = 'point' in stream && stream.point !== undefined ? [stream.point] : [];
    for (const id of [...own, ...sidePoints(stream)]) for (const reached of reachOf(plant, id)) ids.add(reached);
  }
  return [...ids].map((id) => plant.pointById.get(id) as Point);
}

/** The shifts of the units on the accounting days `first … last`, in order of day, unit and start. */
export function shiftsBetween(
  books: Books,
  first: Day,
  last: Day,
  units: Iterable<Unit> = books.plant.units.values(),
): Shift[] {
  const out: Shift[] = [];
  const list = [...units];
  for (let day = first; day <= last; day += 1) for (const unit of list) out.push(...books.shiftsOn(unit, day));
  return out;
}

/** The account of one shift as of the books' instant. */
export function settleShift(books: Books, shift: Shift): Sheet {
  const { plant, asOf } = books;
  const unit = plant.units.get(shift.unit) as Unit;
  const notices: Notice[] = [];
  const points = pointsOf(plant, unit);
  const draft = asOf < shift.to;
  const through = draft ? draftEnd(books, points, asOf) : shift.to;
  const team = teamOf(plant, unit.id, shift.crew);
  if (through <= shift.from)
    return { shift, team, state: 'draft', through: shift.from, counted: undefined, excluded: undefined, notices };
  const whole: Interval = { from: shift.from, to: through };
  const asking: Asking = { unit: unit.id, anchor: books.anchorOf(shift.day), draftEnd: draft ? through : undefined };
  let excluded = intersect(books.exclusionsIn(unit, shift), [whole]);
  if (excluded.length > 0) {
    const edges = excluded.flatMap((x) => [x.from, x.to]).filter((at) => at > whole.from && at < whole.to);
    for (const point of points) {
      const without_ = edges.find((at) => !hasEdge(books, point, at));
      if (without_ === undefined) continue;
      notices.push({ code: 'edge-without-value', point: point.id, at: without_ });
      excluded = [whole];
      break;
    }
  }
  const counted = without([whole], excluded);
  const settle = (kind: Part['kind'], intervals: readonly Interval[]): Part | undefined =>
    intervals.length === 0 ? undefined : settlePart(books, unit, shift, kind, intervals, asking);
  const parts = { counted: settle('counted', counted), excluded: settle('excluded', excluded) };
  noticeMeters(books, points, whole, notices);
  return { shift, team, state: draft ? 'draft' : stateOf(books, shift, parts), through, ...parts, notices };
}

/** A point whose value is needed at an instant inside the shift: counters and levels have one or not, typed figures never. */
function hasEdge(books: Books, point: Point, at: Instant): boolean {
  return point.kind === 'counter' || point.kind === 'level' || point.kind === 'figure'
    ? books.hasValueAt(point, at)
    : true;
}

/** How far a running shift can be told: the earliest last reading of its counters, rates and levels. */
function draftEnd(books: Books, points: readonly Point[], asOf: Instant): Instant {
  let end = asOf;
  for (const point of points) {
    if (point.kind !== 'rate' && point.kind !== 'level' && !(point.kind === 'counter' && !point.typed)) continue;
    // A replacement of a meter is as good as a reading.
    const { times } = point.kind === 'counter' ? books.counterOf(point) : books.levelOf(point);
    end = Math.min(end, times.at(-1) ?? Number.NEGATIVE_INFINITY);
  }
  return end;
}

function stateOf(books: Books, shift: Shift, parts: { counted: Part | undefined; excluded: Part | undefined }): State {
  if (books.asOf === Number.POSITIVE_INFINITY || books.asOf > shift.to + books.plant.cutOffMs) return 'final';
  return [parts.counted, parts.excluded].every((part) => !part || isWhole(part)) ? 'final' : 'provisional';
}

/** Whether nothing at all is missing. */
const isWhole = (part: Part): boolean =>
  part.complete &&
  part.outputs.every((o) => o.quantity.basis !== 'missing') &&
  part.inputs.every((i) => i.quantity.basis !== 'missing') &&
  part.stocks.every((s) => s.change.basis !== 'missing') &&
  (part.kind === 'excluded' || part.qualities.every((q) => q.basis !== 'missing'));

/** What the meters themselves did during the shift. */
function noticeMeters(books: Books, points: readonly Point[], over: Interval, notices: Notice[]): void {
  for (const point of points) {
    if (point.kind === 'counter')
      for (const event of books.counterOf(point).events)
        if (event.from < over.to && event.to > over.from)
          notices.push({ code: event.kind, point: point.id, at: event.to });
    if (point.kind === 'figure')
      for (const { at, steps, medianSteps } of books.oddFigures(point))
        if (over.from <= at && at < over.to)
          notices.push({
            code: 'odd-figure',
            point: point.id,
            at,
            args: {
              value: formatSteps(steps, point.step),
              median: formatSteps(Math.round(medianSteps), point.step),
              unit: point.measure.text,
            },
          });
    for (const at of books.series[point.index]?.conflicts ?? [])
      if (over.from <= at && at < over.to) notices.push({ code: 'conflicting-readings', point: point.id, at });
    for (const at of books.unconfirmed(point, [over])) notices.push({ code: 'unconfirmed', point: point.id, at });
  }
}
