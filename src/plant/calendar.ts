// The plant clock: days, zones, shifts and months. Days are counted from 1970-01-01 as integers; instants are UTC
// milliseconds. Whoever runs a shift is decided here, instant by instant, and nowhere else.
import { Temporal } from 'temporal-polyfill';
import type { Instant, Interval } from '../quantity.ts';

/** Days since 1970-01-01. */
export type Day = number;

const DAY_MS = 86_400_000;

/** A day from `2022-03-01`; undefined when it is no such day (2022-02-30). */
export function parseDay(text: string): Day | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return undefined;
  const [, y = '', m = '', d = ''] = match;
  return dayOf(Number(y), Number(m), Number(d));
}

/** The day of a civil date, undefined when there is no such date or it is not between 1900 and 2200. */
export function dayOf(year: number, month: number, date: number): Day | undefined {
  if (year < 1900 || year > 2200 || month < 1 || month > 12 || date < 1 || date > daysInMonth(year, month))
    return undefined;
  return daysFromCivil(year, month, date);
}

const daysInMonth = (year: number, month: number): number =>
  month === 2
    ? year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
      ? 29
      : 28
    : [4, 6, 9, 11].includes(month)
      ? 30
      : 31;

// Days and civil dates of the Gregorian calendar, counted in years that begin in March so that the leap day comes last
// (Hinnant, "chrono-compatible low-level date algorithms"). Months beyond 1..12 carry into the years.
function daysFromCivil(year: number, month: number, date: number): Day {
  const carried = year + Math.floor((month - 1) / 12);
  const inYear = ((((month - 1) % 12) + 12) % 12) + 1;
  const y = inYear <= 2 ? carried - 1 : carried;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (inYear + (inYear > 2 ? -3 : 9)) + 2) / 5) + date - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

export interface Civil {
  readonly year: number;
  readonly month: number;
  readonly date: number;
}

export function civilOf(day: Day): Civil {
  const z = day + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    date: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

const two = (n: number): string => String(n).padStart(2, '0');

export function formatDay(day: Day): string {
  const { year, month, date } = civilOf(day);
  return `${year}-${two(month)}-${two(date)}`;
}

/** An instant as the wall clock of a zone shows it, `2022-03-01 08:00` (seconds only when there are some). */
export function formatLocal(at: Instant, zone: Zone): string {
  const day = zone.dayAt(at);
  const ms = at + zone.offsetAt(at) - day * DAY_MS;
  const seconds = Math.floor(ms / 1000) % 60;
  const clock = `${two(Math.floor(ms / 3_600_000))}:${two(Math.floor(ms / 60_000) % 60)}`;
  return `${formatDay(day)} ${clock}${seconds === 0 ? '' : `:${two(seconds)}`}`;
}

/** An instant in UTC, `2022-03-01T00:00:00Z` (with ms only when there are some). */
export function formatUtc(at: Instant): string {
  const day = Math.floor(at / DAY_MS);
  const ms = at - day * DAY_MS;
  const clock = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60].map((x) => two(Math.floor(x))).join(':');
  const rest = ms % 1000;
  return `${formatDay(day)}T${clock}${rest === 0 ? '' : `.${String(rest).padStart(3, '0')}`}Z`;
}

/** How a wall-clock time falls on the time line: once, twice (clocks went back) or never (clocks went forward). */
export interface ZonedInstant {
  readonly at: Instant;
  readonly falls: 'once' | 'twice' | 'never';
}

/** A plant's time zone. `at` takes the earlier of two readings of a repeated hour, and moves a skipped time forward. */
export interface Zone {
  readonly id: string;
  readonly at: (day: Day, msOfDay: number) => ZonedInstant;
  readonly dayAt: (at: Instant) => Day;
  /** The zone's distance from UTC at an instant, in ms. */
  readonly offsetAt: (at: Instant) => number;
}

/** The zone of an IANA name such as `Asia/Shanghai`; undefined when it is not known. */
export function zoneOf(id: string): Zone | undefined {
  let probe: Temporal.ZonedDateTime;
  try {
    probe = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(id);
  } catch {
    return undefined;
  }
  const slowOffset = (at: Instant): number =>
    Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(probe.timeZoneId).offsetNanoseconds / 1e6;
  // An offset is asked for millions of times and changes twice a year: remember it by UTC day where the day is uniform.
  const byDay = new Map<number, number | 'changes'>();
  const offsetAt = (at: Instant): number => {
    const key = Math.floor(at / DAY_MS);
    let known = byDay.get(key);
    if (known === undefined) {
      const first = slowOffset(key * DAY_MS);
      known = first === slowOffset((key + 1) * DAY_MS - 1) ? first : 'changes';
      byDay.set(key, known);
    }
    return known === 'changes' ? slowOffset(at) : known;
  };
  const at = (day: Day, msOfDay: number): ZonedInstant => {
    const local = day * DAY_MS + msOfDay;
    const before = offsetAt(local - DAY_MS);
    const after = offsetAt(local + DAY_MS);
    if (before === after && offsetAt(local - before) === before) return { at: local - before, falls: 'once' };
    const candidates = [before, after].map((offset) => local - offset).filter((x) => x + offsetAt(x) === local);
    const [one, two] = [...new Set(candidates)].sort((a, b) => a - b);
    if (one === undefined) return { at: local - before, falls: 'never' };
    return { at: one, falls: two === undefined ? 'once' : 'twice' };
  };
  return { id: probe.timeZoneId, at, offsetAt, dayAt: (x) => Math.floor((x + offsetAt(x)) / DAY_MS) };
}

// ── shifts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One shift of a clock: `startMs` and `endMs` are wall-clock ms from midnight of the accounting day (may be < 0, > 24 h). */
export interface ShiftTimes {
  readonly code: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface Clock {
  readonly id: string;
  readonly shifts: readonly ShiftTimes[];
  readonly rest: string;
  readonly roundTheClock: boolean;
}

/** While a rotation stands: from an accounting day on, who has which letter. */
export interface RotationPeriod {
  readonly from: Day;
  readonly pattern: readonly string[];
  readonly offset: number;
  readonly crews: readonly string[];
}

export interface Rotation {
  readonly id: string;
  readonly clock: Clock;
  readonly periods: readonly RotationPeriod[];
}

/** One crew, one unit, a half-open interval of instants, an accounting day and a shift code. */
export interface Shift extends Interval {
  readonly unit: string;
  readonly crew: string;
  readonly day: Day;
  readonly code: string;
}

/** The letter of a crew on an accounting day: (days since `from` + index × offset) mod the pattern's length. */
export function letterOf(period: RotationPeriod, crew: number, day: Day): string {
  const n = period.pattern.length;
  return period.pattern[(((day - period.from + crew * period.offset) % n) + n) % n] ?? '';
}

/** The rotation period in force on a day, undefined before the first. */
export const periodOn = (rotation: Rotation, day: Day): RotationPeriod | undefined =>
  rotation.periods.findLast((period) => period.from <= day);

/** The shifts of one accounting day in order of start, each with the crew that the rotation names. */
export function plannedShifts(rotation: Rotation, zone: Zone, unit: string, day: Day): Shift[] {
  const period = periodOn(rotation, day);
  if (!period) return [];
  const out: Shift[] = [];
  for (const shift of rotation.clock.shifts) {
    const crew = period.crews.find((_, i) => letterOf(period, i, day) === shift.code);
    if (crew === undefined) continue;
    const from = zone.at(day, shift.startMs).at;
    const to = zone.at(day, shift.endMs).at;
    if (from < to) out.push({ unit, crew, day, code: shift.code, from, to });
  }
  return out.sort((a, b) => a.from - b.from);
}

// ── months ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An accounting month: `2022-03` and its first and last accounting day. */
export interface Month {
  readonly text: string;
  readonly first: Day;
  readonly last: Day;
}

/** The accounting month `2022-03` of a plant whose months start on `startsOn`; undefined for other texts. */
export function monthOf(text: string, startsOn: number): Month | undefined {
  const match = /^(\d{4})-(\d{2})$/.exec(text);
  if (!match) return undefined;
  const year = Number(match[1]);
  const month = Number(match[2]);
  if (year < 1901 || year > 2199 || month < 1 || month > 12) return undefined;
  const back = startsOn === 1 ? 0 : 1;
  const first = daysFromCivil(year, month - back, startsOn);
  const last = daysFromCivil(year, month + 1 - back, startsOn) - 1;
  return { text, first, last };
}

/** The accounting month that holds an accounting day. */
export function monthHolding(day: Day, startsOn: number): Month {
  const { year, month, date } = civilOf(day);
  const ahead = startsOn !== 1 && date >= startsOn ? 1 : 0;
  const text = formatDay(daysFromCivil(year, month + ahead, 1)).slice(0, 7);
  const found = monthOf(text, startsOn);
  if (!found) throw new RangeError(`day ${day} is out of the calendar`);
  return found;
}
