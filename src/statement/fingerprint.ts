// The hash of everything a sheet rests on: the plant's texts, the facts that touch it, and the readings that count under
// it. Same inputs, same hash, whatever order they arrived in; a sheet that cannot be reproduced shows it.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Unit } from '../plant.ts';
import { lastAtOrBefore } from '../readings.ts';
import type { Books } from './books.ts';
import type { Sheet } from './sheet.ts';
import { pointsOf } from './shift.ts';

/** `sha256:` and 64 hexadecimal digits over the sheet's inputs as of the books' instant. */
export function hashInputs(books: Books, sheet: Sheet): string {
  const { plant } = books;
  const unit = plant.units.get(sheet.shift.unit) as Unit;
  const { from, to } = sheet.shift;
  const hash = sha256.create();
  const text = (value: unknown): void => {
    hash.update(utf8ToBytes(`${JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v))}\n`));
  };
  text([plant.hash, sheet.shift, sheet.through]);
  const touches = (fact: { from?: number | undefined; to?: number | undefined; time?: number }): boolean =>
    fact.time !== undefined
      ? fact.time >= from - 86_400_000 && fact.time < to + 86_400_000
      : (fact.from ?? 0) < to && (fact.to ?? 0) > from;
  const sorted = <T extends { id: string }>(facts: readonly T[]): T[] =>
    [...facts].sort((a, b) => (a.id < b.id ? -1 : 1));
  text(sorted(books.limits.get(unit.id) ?? []).filter(touches));
  text(sorted(books.exclusions.get(unit.id) ?? []).filter(touches));
  for (const stream of unit.streams) text(sorted(books.fees.get(`${unit.id} ${stream.id}`) ?? []).filter(touches));
  const points = new Map(pointsOf(plant, unit).map((point) => [point.id, point]));
  for (const id of [unit.hoursRun, ...unit.conditions.map((c) => c.point)])
    if (id !== undefined) points.set(id, books.point(id));
  for (const stream of unit.streams) if (stream.role === 'quality') points.set(stream.point, books.point(stream.point));
  for (const point of [...points.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    text(point.id);
    if (point.kind === 'sample') text(books.lotsOf(point).filter((lot) => touches(lot.over ?? { time: lot.at })));
    if (point.kind === 'counter')
      text(books.counterOf(point).events.filter((event) => event.from < to && event.to > from));
    const series = books.series[point.index];
    if (!series) continue;
    const first = Math.max(0, lastAtOrBefore(series.times, from));
    const last = Math.min(series.times.length, lastAtOrBefore(series.times, to) + 2);
    for (const column of [series.times, series.values, series.quality]) {
      const part = column.slice(first, last);
      hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    }
  }
  return `sha256:${bytesToHex(hash.digest())}`;
}
