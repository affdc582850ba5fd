// What every step of settling one part of a shift sees: the books, the unit, the instants, the hours run. Nothing in it
// changes but the notices, which are only added to.

import type { Shift, Stream, Unit } from '../plant.ts';
import { hoursOf, type Interval, minimum, multiply, type Ratio, ratio, ZERO } from '../quantity.ts';
import { type Asking, lengthOf, type Quantity } from './basis.ts';
import type { Books, Need } from './books.ts';
import type { Notice, Part } from './sheet.ts';

export interface Scene {
  readonly books: Books;
  readonly unit: Unit;
  readonly shift: Shift;
  readonly kind: Part['kind'];
  /** Normalised and not empty. */
  readonly intervals: readonly Interval[];
  readonly asking: Asking;
  /** In ms. */
  readonly length: number;
  readonly hours: Ratio;
  readonly hoursRun: Ratio;
  readonly notices: Notice[];
}

export function openScene(
  books: Books,
  unit: Unit,
  shift: Shift,
  kind: Part['kind'],
  intervals: readonly Interval[],
  asking: Asking,
): Scene {
  const length = lengthOf(intervals);
  const hours = hoursOf(length);
  const notices: Notice[] = [];
  let hoursRun = hours;
  if (unit.hoursRun !== undefined) {
    const point = books.point(unit.hoursRun);
    const quantity = books.quantity(point, intervals, asking);
    if (quantity.steps === undefined) notices.push({ code: 'hours-run-missing', point: point.id });
    else hoursRun = runningHours(books, unit.hoursRun, quantity.steps, hours);
  }
  return { books, unit, shift, kind, intervals, asking, length, hours, hoursRun, notices };
}

/** Hours run over some intervals, at most their length and at least 0; undefined when missing or, if need be, not measured. */
export function hoursRunOver(
  books: Books,
  unit: Unit,
  intervals: readonly Interval[],
  asking: Asking,
  need: Need,
): Ratio | undefined {
  const length = hoursOf(lengthOf(intervals));
  if (unit.hoursRun === undefined) return length;
  const quantity = books.quantity(books.point(unit.hoursRun), intervals, asking);
  if (quantity.steps === undefined || (need === 'measured' && quantity.basis !== 'measured')) return undefined;
  return runningHours(books, unit.hoursRun, quantity.steps, length);
}

function runningHours(books: Books, id: string, steps: number, most: Ratio): Ratio {
  const point = books.point(id);
  const hours = multiply(multiply(ratio(steps), point.quantityStep.size), point.quantityMeasure.factor);
  const capped = minimum(hours, most);
  return capped.n < 0n ? ZERO : ratio(capped.n, capped.d);
}

/** What a point counted over the part, or over some of its instants. */
export const measure = (scene: Scene, point: string, parts: readonly Interval[] = scene.intervals): Quantity =>
  scene.books.quantity(scene.books.point(point), parts, scene.asking);

export function tell(scene: Scene, code: Notice['code'], more: Omit<Notice, 'code'> = {}): void {
  scene.notices.push({ code, ...more });
}

export function tellQuantity(scene: Scene, stream: Stream, point: string, quantity: Quantity): void {
  if (quantity.basis === 'missing') tell(scene, 'missing-quantity', { stream: stream.id, point });
  if (quantity.basis === 'substituted') tell(scene, 'substituted-quantity', { stream: stream.id, point });
}

/** The streams of the unit that play a role. */
export const streamsOf = <R extends Stream['role']>(unit: Unit, ...roles: R[]): (Stream & { role: R })[] =>
  unit.streams.filter((s): s is Stream & { role: R } => (roles as string[]).includes(s.role));
