// The plant clock: local times to UTC instants, accounting days and months, the shifts of a unit.
// Days are whole numbers since 1970-01-01; instants are milliseconds.

import { Temporal } from 'temporal-polyfill';
import { cell, type Plant, type Row, type Unit } from './plant-text.ts';

export type Zone = string;
export type Interval = readonly [from: number, to: number];
const DAY_MS = 86_400_000;

export function dayNumber(text: string): number {
  const m = /^(\d{4})-(\d{2})-(\d{2})/.exec(text.trim());
  if (!m) throw new Error(`not a day: ${text}`);
  return Date.UTC(Number(m[1]), Number(m[2]) - 1, Number(m[3])) / DAY_MS;
}
export const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
export const instantText = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

const localCache = new Map<string, number>();
/** A time of the wall clock; one that does not exist moves forward, one that exists twice is the first. */
export function localInstant(day: number, time: string, zone: Zone): number {
  const key = `${zone} ${day} ${time}`;
  const known = localCache.get(key);
  if (known !== undefined) return known;
  const [h = '0', m = '0', s = '0'] = time.split(':');
  const d = new Date((day + (Number(h) === 24 ? 1 : 0)) * DAY_MS);
  const seconds = Number(s);
  const at = Temporal.PlainDateTime.from({
    year: d.getUTCFullYear(),
    month: d.getUTCMonth() + 1,
    day: d.getUTCDate(),
    hour: Number(h) % 24,
    minute: Number(m),
    second: Math.floor(seconds),
    millisecond: Math.round((seconds % 1) * 1000),
  }).toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
  localCache.set(key, at);
  return at;
}

export function instant(text: string, zone: Zone): number {
  const m = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?\s*(Z|[+-]\d{2}:?\d{2})?$/.exec(
    text.trim(),
  );
  if (!m) throw new Error(`not an instant: ${text}`);
  const day = dayNumber(m[1]!);
  const time = m[2] ?? '00:00';
  if (m[3] === undefined) return localInstant(day, time, zone);
  const [h, min, s = '0'] = time.split(':');
  const offset =
    m[3] === 'Z' ? 0 : (m[3][0] === '-' ? -1 : 1) * (Number(m[3].slice(1, 3)) * 60 + Number(m[3].slice(-2)));
  return day * DAY_MS + (Number(h) * 60 + Number(min) - offset) * 60_000 + Math.round(Number(s) * 1000);
}

/** The local date on which an instant falls. */
export function localDay(ms: number, zone: Zone): number {
  let day = Math.floor(ms / DAY_MS);
  while (localInstant(day, '00:00', zone) > ms) day -= 1;
  while (localInstant(day + 1, '00:00', zone) <= ms) day += 1;
  return day;
}

// ── Intervals ───────────────────────────────────────────────────────────────────────────────────────────────────────

export const lengthOf = (intervals: readonly Interval[]): number => intervals.reduce((n, [a, b]) => n + (b - a), 0);
/** Sorted, united, without empty ones; touching ones become one. */
export function unite(intervals: readonly Interval[]): Interval[] {
  const out: [number, number][] = [];
  for (const [a, b] of intervals.filter(([x, y]) => x < y).sort((p, q) => p[0] - q[0])) {
    const last = out.at(-1);
    if (last && a <= last[1]) last[1] = Math.max(last[1], b);
    else out.push([a, b]);
  }
  return out;
}
export function intersect(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const out: Interval[] = [];
  for (const [p, q] of a)
    for (const [r, s] of b) if (Math.max(p, r) < Math.min(q, s)) out.push([Math.max(p, r), Math.min(q, s)]);
  return unite(out);
}
export function without(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  let out = unite(a);
  for (const [r, s] of b)
    out = out
      .flatMap(([p, q]): Interval[] =>
        s <= p || r >= q
          ? [[p, q]]
          : [
              [p, Math.min(q, r)],
              [Math.max(p, s), q],
            ],
      )
      .filter(([p, q]) => p < q);
  return out;
}

// ── Months ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Month {
  id: string;
  first: number;
  last: number;
}

export function monthById(id: string, startsOn: number): Month {
  const [y = 0, m = 0] = id.split('-').map(Number);
  const startOf = (year: number, month: number): number =>
    Date.UTC(year, month - 1 - (startsOn === 1 ? 0 : 1), startsOn) / DAY_MS;
  return { id, first: startOf(y, m), last: startOf(y, m + 1) - 1 };
}
export function monthOf(day: number, startsOn: number): Month {
  const date = new Date(day * DAY_MS);
  const later = startsOn > 1 && date.getUTCDate() >= startsOn ? 1 : 0;
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later, 1));
  return monthById(first.toISOString().slice(0, 7), startsOn);
}
export const monthBefore = (month: Month, startsOn: number): Month => monthOf(month.first - 1, startsOn);

// ── Shifts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Shift {
  unit: string;
  day: number;
  code: string;
  crew: string;
  from: number;
  to: number;
}

const seconds = (time: string): number => {
  const [h = '0', m = '0', s = '0'] = time.split(':');
  return Number(h) * 3600 + Number(m) * 60 + Number(s);
};

export class Calendar {
  readonly plant: Plant;
  readonly asOf: number;
  readonly #shifts = new Map<string, Shift[]>();
  readonly #swaps = new Map<string, string>();

  constructor(
    plant: Plant,
    asOf: number,
    known: (rows: readonly Row[], beginning: (row: Row) => number) => { row: Row }[],
  ) {
    this.plant = plant;
    this.asOf = asOf;
    const rows = plant.tables.get('swaps') ?? [];
    const startOf = (row: Row): number => {
      const unit = plant.units.get(cell(row, 'unit') ?? '');
      const day = dayNumber(cell(row, 'day')!);
      return (
        (unit && this.#rotated(unit, day).find((s) => s.code === cell(row, 'shift'))?.from) ??
        localInstant(day, '00:00', plant.zone)
      );
    };
    for (const { row } of known(rows, startOf)) {
      this.#swaps.set(
        `${cell(row, 'unit')} ${dayNumber(cell(row, 'day')!)} ${cell(row, 'shift')}`,
        cell(row, 'crew') ?? '',
      );
    }
  }

  #rotated(unit: Unit, day: number): Shift[] {
    const rotation = this.plant.rotations.get(unit.rotation);
    const clock = rotation && this.plant.clocks.get(rotation.clock);
    const period = rotation?.periods.filter((p) => p.fromDay <= day).sort((a, b) => b.fromDay - a.fromDay)[0];
    if (!clock || !period) return [];
    const n = period.pattern.length;
    const out: Shift[] = [];
    for (const rule of clock.shifts) {
      period.crews.forEach((crew, i) => {
        const at = (((day - period.fromDay + i * period.offset) % n) + n) % n;
        if (period.pattern[at] !== rule.code) return;
        const starts = day + rule.dayOffset;
        const ends = seconds(rule.end) > seconds(rule.start) ? starts : starts + 1;
        out.push({
          unit: unit.id,
          day,
          code: rule.code,
          crew,
          from: localInstant(starts, rule.start, this.plant.zone),
          to: localInstant(ends, rule.end, this.plant.zone),
        });
      });
    }
    return out;
  }

  /** The shifts of one accounting day, in order of time. */
  shiftsOn(unit: Unit, day: number): Shift[] {
    const key = `${unit.id} ${day}`;
    const known = this.#shifts.get(key);
    if (known) return known;
    const shifts = this.#rotated(unit, day)
      .map((s) => ({ ...s, crew: this.#swaps.get(`${unit.id} ${day} ${s.code}`) ?? s.crew }))
      .sort((a, b) => a.from - b.from);
    this.#shifts.set(key, shifts);
    return shifts;
  }
  /** The shifts that overlap [from, to), in order of time. */
  shiftsWithin(unit: Unit, from: number, to: number): Shift[] {
    const out: Shift[] = [];
    for (let day = Math.floor(from / DAY_MS) - 4; day <= Math.floor(to / DAY_MS) + 4; day += 1) {
      for (const s of this.shiftsOn(unit, day)) if (s.from < to && s.to > from) out.push(s);
    }
    return out.sort((a, b) => a.from - b.from);
  }
  shiftAt(unit: Unit, at: number): Shift | null {
    return this.shiftsWithin(unit, at, at + 1)[0] ?? null;
  }
  firstDay(unit: Unit): number {
    return Math.min(...(this.plant.rotations.get(unit.rotation)?.periods ?? []).map((p) => p.fromDay));
  }
  /** I(t) of a rate runs from here. */
  monthOrigin(day: number): number {
    return localInstant(monthOf(day, this.plant.monthStartsOn).first, '00:00', this.plant.zone);
  }
}
