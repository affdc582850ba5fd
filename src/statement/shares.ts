// What is split because nobody measured the parts: the total of an outage over the shifts it touches, and a common meter
// over its share points. Both by largest remainder, so that the parts sum to what the meter counted.

import type { Point, SharePoint } from '../plant.ts';
import { type Instant, type Interval, ONE, type Ratio, ratio, splitLargestRemainder } from '../quantity.ts';
import type { stretchOf } from '../readings.ts';
import { type Asking, missing, type Quantity } from './basis.ts';
import type { Books } from './books.ts';
import type { Uses } from './uses.ts';

/** The cumulative at every edge of the shifts that an outage touches: its increment split on the face over its pieces. */
export function splitOutage(
  books: Books,
  point: Point,
  stretch: ReturnType<typeof stretchOf>,
  asking: Asking,
): Map<Instant, number> {
  const uses = books.uses(point.id);
  const units = new Map([...uses.direct, ...uses.indirect].map(({ unit }) => [unit.id, unit]));
  const edges = new Set<Instant>([stretch.from, stretch.to]);
  for (const unit of units.values())
    for (const shift of books.shiftsDuring(unit, stretch)) for (const edge of [shift.from, shift.to]) edges.add(edge);
  if (asking.draftEnd !== undefined) edges.add(asking.draftEnd);
  const pieces = piecesBetween(edges, stretch);
  const parts = splitLargestRemainder(stretch.increment, outageWeights(books, uses, pieces, asking));
  const out = new Map<Instant, number>([[stretch.from, stretch.start]]);
  let at = stretch.start;
  for (const [i, piece] of pieces.entries()) {
    at += (parts[i] as number) * stretch.multiplier;
    out.set(piece.to, at);
  }
  return out;
}

function piecesBetween(edges: Iterable<Instant>, over: Interval): Interval[] {
  const sorted = [...edges].filter((e) => e >= over.from && e <= over.to).sort((a, b) => a - b);
  return sorted.slice(1).map((to, i) => ({ from: sorted[i] as number, to }));
}

/** The allowed quantity over each piece where it can be had, else the lengths. */
function outageWeights(books: Books, uses: Uses, pieces: readonly Interval[], asking: Asking): Ratio[] {
  const lengths = pieces.map((piece) => ratio(piece.to - piece.from));
  const [only, ...others] = uses.direct;
  const leaning = uses.indirect.some((use) => use.stream !== undefined);
  if (!only || others.length > 0 || leaning || (only.stream.role !== 'input' && only.stream.role !== 'by-product'))
    return lengths;
  if (only.stream.standards.length === 0) return lengths;
  const weights: Ratio[] = [];
  for (const piece of pieces) {
    const shift = books.shiftsDuring(only.unit, piece)[0];
    const day = shift?.day ?? books.plant.zone.dayAt(piece.from);
    const asked = { ...asking, unit: only.unit.id, anchor: books.anchorOf(day) };
    const weight = books.weigh(books, only.unit, only.stream, piece, day, asked, 'measured');
    if (weight === undefined) return lengths;
    weights.push(ratio(Math.max(0, weight)));
  }
  return weights.every((w) => w.n === 0n) ? lengths : weights;
}

/** A share point's part of its meter, elementary interval by elementary interval. */
export function sharedQuantity(books: Books, point: SharePoint, parts: readonly Interval[], asking: Asking): Quantity {
  const meter = books.point(point.of);
  const shares = books.plant.points
    .filter((p): p is SharePoint => p.kind === 'share' && p.of === point.of)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const users = shares.map((share) => books.uses(share.id));
  const edges = shareEdges(books, meter, users, parts, asking);
  const none = missing(parts.reduce((sum, p) => sum + p.to - p.from, 0));
  let steps = 0;
  let weakMs = 0;
  for (const part of parts) {
    if (!edges.has(part.from) || !edges.has(part.to)) return none;
    for (const piece of piecesBetween(edges, part)) {
      const key = `${meter.id} ${piece.from} ${piece.to}`;
      if (books.splitting.has(key)) return none;
      books.splitting.add(key);
      const total = books.quantity(meter, [piece], asking);
      const weights = total.steps === undefined ? [] : shareWeights(books, shares, users, piece, asking);
      books.splitting.delete(key);
      if (total.steps === undefined) return none;
      weakMs += total.weakMs;
      const split = splitLargestRemainder(total.steps, weights);
      steps += split[shares.findIndex((share) => share.id === point.id)] as number;
    }
  }
  return { steps, basis: 'shared', weakMs };
}

/** The edges of the shifts of all units concerned, and of their exclusions where the meter has a value. */
function shareEdges(
  books: Books,
  meter: Point,
  users: readonly Uses[],
  parts: readonly Interval[],
  asking: Asking,
): Set<Instant> {
  const edges = new Set<Instant>(asking.draftEnd === undefined ? [] : [asking.draftEnd]);
  if (parts.length === 0) return edges;
  const span = { from: Math.min(...parts.map((p) => p.from)), to: Math.max(...parts.map((p) => p.to)) };
  const units = new Map(users.flatMap((u) => [...u.direct, ...u.indirect]).map(({ unit }) => [unit.id, unit]));
  for (const unit of units.values())
    for (const shift of books.shiftsDuring(unit, span)) {
      edges.add(shift.from);
      edges.add(shift.to);
      for (const cut of books.exclusionsIn(unit, shift))
        for (const edge of [cut.from, cut.to]) if (isMeasuredAt(books, meter, edge)) edges.add(edge);
    }
  return edges;
}

function isMeasuredAt(books: Books, point: Point, at: Instant): boolean {
  if (point.kind === 'formula') return point.reads.every((id) => isMeasuredAt(books, books.point(id), at));
  return books.hasValueAt(point, at);
}

/**
 * By keys, or by the allowed quantity of the streams over the piece; equal where one of those cannot be had, as when it
 * needs this very split.
 */
function shareWeights(
  books: Books,
  shares: readonly SharePoint[],
  users: readonly Uses[],
  piece: Interval,
  asking: Asking,
): Ratio[] {
  if (!shares.every((share) => share.by === 'allowed')) return shares.map((share) => share.key);
  const weights: Ratio[] = [];
  for (const { direct, indirect } of users) {
    const [only, ...others] = direct;
    const shift = only && books.shiftsDuring(only.unit, piece)[0];
    if (!only || !shift || others.length > 0 || indirect.some((use) => use.stream !== undefined))
      return shares.map(() => ONE);
    const asked = { ...asking, unit: only.unit.id, anchor: books.anchorOf(shift.day) };
    const weight = books.weigh(books, only.unit, only.stream, piece, shift.day, asked, 'any');
    if (weight === undefined) return shares.map(() => ONE);
    weights.push(ratio(Math.max(0, weight)));
  }
  return weights;
}
