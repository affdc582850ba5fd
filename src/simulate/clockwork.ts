// Zone, clock, rotation and the shifts they give. It works with the instants of one zone's offsets, found once.
import { Temporal } from 'temporal-polyfill';
import type { Chance } from './chance.ts';
import type { Wishes } from './features.ts';
import type { YamlMap } from './write.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

// ── days and zones ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Days count from 1970-01-01. */
export const dayNumber = (text: string): number =>
  Temporal.PlainDate.from('1970-01-01').until(Temporal.PlainDate.from(text)).days;

export function formatDay(day: number): string {
  // Civil from days, after H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2021).
  const z = day + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  const year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  return `${year}-${two(month)}-${two(doy - Math.floor((153 * mp + 2) / 5) + 1)}`;
}

const two = (n: number): string => String(n).padStart(2, '0');

export interface Zone {
  readonly name: string;
  offsetAt(at: number): number;
  /** The instant of a wall-clock time; in a fold the earlier one, in a gap by the offset before it. */
  at(day: number, minutes: number): number;
}

/** The offsets of a zone between two days. */
export function zoneOf(name: string, firstDay: number, lastDay: number): Zone {
  const from = firstDay * DAY - DAY;
  let zoned = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(name);
  const spans = [{ from, offset: zoned.offsetNanoseconds / 1e6 }];
  for (;;) {
    const next = zoned.getTimeZoneTransition('next');
    if (next === null || next.epochMilliseconds > lastDay * DAY + DAY) break;
    spans.push({ from: next.epochMilliseconds, offset: next.offsetNanoseconds / 1e6 });
    zoned = next;
  }
  const offsetAt = (at: number): number => spans.findLast((span) => span.from <= at)?.offset ?? spans[0]!.offset;
  return {
    name,
    offsetAt,
    at(day, minutes) {
      const wall = day * DAY + minutes * MINUTE;
      const exact = spans.map(({ offset }) => wall - offset).filter((at) => at + offsetAt(at) === wall);
      if (exact.length > 0) return Math.min(...exact);
      const before = spans.findLast((span) => span.from + span.offset <= wall + DAY / 2 && span.from < wall - DAY / 2);
      return wall - (before ?? spans[0]!).offset;
    },
  };
}

export type StampStyle = 'offset' | 'local' | 'utc';

/** An instant as text; a local time that would be ambiguous is written with its offset. */
export function formatStamp(at: number, zone: Zone, style: StampStyle): string {
  const offset = style === 'utc' ? 0 : zone.offsetAt(at);
  const wall = at + offset;
  const day = Math.floor(wall / DAY);
  const ms = wall - day * DAY;
  const seconds = Math.floor(ms / 1000) % 60;
  const rest = ms % 1000 === 0 ? '' : `.${String(ms % 1000).padStart(3, '0')}`;
  const time = `${two(Math.floor(ms / HOUR))}:${two(Math.floor(ms / MINUTE) % 60)}`;
  const once = zone.offsetAt(at - 3 * HOUR) === zone.offsetAt(at + 3 * HOUR);
  if (style === 'local' && once)
    return `${formatDay(day)} ${time}${seconds > 0 || rest ? `:${two(seconds)}${rest}` : ''}`;
  const size = Math.abs(offset) / MINUTE;
  const sign = `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  return `${formatDay(day)}T${time}:${two(seconds)}${rest}${style === 'utc' ? 'Z' : sign}`;
}

// ── clocks and rotations ───────────────────────────────────────────────────────────────────────────────────────────

interface ShiftTime {
  readonly code: string;
  readonly start: string;
  readonly end: string;
  /** Days from the accounting day to the day of the start. */
  readonly on: -1 | 0 | 1;
}

/** `code start end on`, the shifts of an accounting day in order. */
const CLOCKS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'clock-8h': {
    'day-on': '夜 00:00 08:00 0, 早 08:00 16:00 0, 中 16:00 00:00 0',
    'day-before': '夜 22:00 06:00 -1, 早 06:00 14:00 0, 中 14:00 22:00 0',
    'day-after': '早 08:00 16:00 0, 中 16:00 00:00 0, 夜 00:00 08:00 1',
  },
  'clock-12h': {
    'day-on': '白 08:00 20:00 0, 夜 20:00 08:00 0',
    'day-before': '夜 20:00 08:00 -1, 白 08:00 20:00 0',
    'day-after': '夜 18:30 06:30 0, 白 06:30 18:30 1',
  },
  'clock-7-8-9': {
    'day-on': '早 08:00 15:00 0, 中 15:00 23:00 0, 夜 23:00 08:00 0',
    'day-before': '夜 23:00 08:00 -1, 早 08:00 15:00 0, 中 15:00 23:00 0',
    'day-after': '中 15:00 23:00 0, 夜 23:00 08:00 0, 早 08:00 15:00 1',
  },
  'clock-23-50': {
    'day-on': '早 07:50 15:50 0, 中 15:50 23:50 0, 夜 23:50 07:50 0',
    'day-before': '夜 23:50 07:50 -1, 早 07:50 15:50 0, 中 15:50 23:50 0',
    'day-after': '中 15:50 23:50 0, 夜 23:50 07:50 0, 早 07:50 15:50 1',
  },
  'clock-holes': {
    'day-on': '白 08:00 16:00 0, 夜 16:00 23:00 0',
    'day-before': '夜 22:30 05:30 -1, 白 07:00 15:00 0',
    'day-after': '白 14:00 22:00 0, 夜 00:30 08:30 1',
  },
};
/** Change-overs in the very hour that the clock change repeats or leaves out. */
const IN_FOLD: Readonly<Record<string, string>> = {
  'day-on': '夜 02:30 10:30 0, 早 10:30 18:30 0, 中 18:30 02:30 0',
  'day-before': '中 18:30 02:30 -1, 夜 02:30 10:30 0, 早 10:30 18:30 0',
  'day-after': '早 10:30 18:30 0, 中 18:30 02:30 0, 夜 02:30 10:30 1',
};

const SHIFT_NAMES: Readonly<Record<string, YamlMap>> = {
  早: { zh: '早班', en: 'Day' },
  中: { zh: '中班', en: 'Evening' },
  夜: { zh: '夜班', en: 'Night' },
  白: { zh: '白班', en: 'Day' },
};

/** Pattern and offset by shifts a day and crews; A, B, C stand for the letters of the clock, 休 for rest. */
const ROTATIONS: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  '3 4': [
    ['AB休C', 1],
    ['AAA休BBB休CCC休', 3],
    ['AABBCC休休', 2],
  ],
  '3 5': [['BBCC休AA休休休', 2]],
  '3 3': [['ABC', 1]],
  '2 4': [
    ['AB休休', 1],
    ['AABB休休休休', 2],
  ],
  '2 5': [['AB休休休', 1]],
  '2 3': [['AB休', 1]],
};

const CREWS = ['甲', '乙', '丙', '丁', '戊'] as const;

export interface Shift {
  readonly day: number;
  readonly code: string;
  readonly crew: string;
  readonly from: number;
  readonly to: number;
}

export interface Roster {
  readonly id: string;
  readonly crews: readonly string[];
  readonly clock: YamlMap;
  readonly rotation: YamlMap;
  shiftsOf(day: number): Shift[];
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** A clock with a rotation on it. `changeDay` is where a second rotation period may begin. */
export function drawRoster(
  id: string,
  wishes: Wishes,
  zone: Zone,
  chance: Chance,
  changeDay: number,
  firstDay = dayNumber('2022-01-01'),
): Roster {
  const fold =
    zone.name !== 'Asia/Shanghai' && wishes.choice('clock') === 'clock-8h' && wishes.has('change-over-in-fold');
  if (fold) wishes.plant('change-over-in-fold');
  const first = id === 'main';
  const clockName = first ? wishes.choice('clock') : chance.pick(Object.keys(CLOCKS));
  const text = (fold && first ? IN_FOLD : CLOCKS[clockName]!)[wishes.choice('day')]!;
  const times = text.split(', ').map((one): ShiftTime => {
    const [code = '', start = '', end = '', on] = one.split(' ');
    return { code, start, end, on: Number(on) as -1 | 0 | 1 };
  });
  const count = { 'three-crews': 3, 'four-crews': 4, 'five-crews': 5 }[wishes.choice('crews')];
  const crews = CREWS.slice(0, count);
  const letters = ['早', '白', '中', '夜'].filter((code) => times.some((time) => time.code === code));
  const rest = chance.yes(0.2) ? 'R' : '休';
  const options = ROTATIONS[`${times.length} ${count}`]!;
  const spell = (pattern: string): string =>
    [...pattern].map((c) => (c === '休' ? rest : letters['ABC'.indexOf(c)]!)).join('');
  const drawn = chance.pick(options);
  const periods = [{ from: firstDay, pattern: drawn[0], offset: drawn[1], crews: [...crews] }];
  if (wishes.take('rotation-change')) {
    const other = chance.pick(options);
    periods.push({ from: changeDay, pattern: other[0], offset: other[1], crews: chance.shuffle(crews) });
  }
  const crewOf = (day: number, code: string): string => {
    const { from, pattern, offset, crews: order } = periods.findLast((period) => period.from <= day) ?? periods[0]!;
    const letter = 'ABC'[letters.indexOf(code)]!;
    const length = pattern.length;
    return order[
      order.findIndex((_, i) => pattern[(((day - from + i * offset) % length) + length) % length] === letter)
    ]!;
  };
  return {
    id,
    crews,
    clock: {
      shifts: Object.fromEntries(
        times.map(({ code, start, end, on }) => [
          code,
          { name: SHIFT_NAMES[code]!, start, end, ...(on !== 0 && { on: on < 0 ? 'day before' : 'day after' }) },
        ]),
      ),
      ...(rest !== '休' && { rest }),
      ...(clockName === 'clock-holes' && { 'round the clock': 'no' }),
    },
    rotation: {
      clock: id,
      periods: periods.map((period) => ({
        from: formatDay(period.from),
        pattern: spell(period.pattern),
        offset: String(period.offset),
        crews: period.crews,
      })),
    },
    shiftsOf: (day) =>
      times.map(({ code, start, end, on }) => {
        const overnight = minutesOf(end) <= minutesOf(start) ? 1 : 0;
        return {
          day,
          code,
          crew: crewOf(day, code),
          from: zone.at(day + on, minutesOf(start)),
          to: zone.at(day + on + overnight, minutesOf(end)),
        };
      }),
  };
}

// ── which days ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** Changes of the clock: the day on which the hour is lost or gained. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  'Europe/Berlin': ['2022-03-27', '2022-10-30', '2023-03-26', '2023-10-29'],
  'America/St_Johns': ['2022-03-13', '2022-11-06', '2023-03-12', '2023-11-05'],
};
export const ZONES = {
  'zone-shanghai': 'Asia/Shanghai',
  'zone-berlin': 'Europe/Berlin',
  'zone-st-johns': 'America/St_Johns',
} as const;

export const monthStart = (wishes: Wishes): number =>
  ({ 'month-1': 1, 'month-26': 26, 'month-27': 27 })[wishes.choice('month')];

/** The first accounting day: about a clock change where the zone has one, else mostly about a month cut. */
export function drawFirstDay(wishes: Wishes, days: number, chance: Chance): number {
  const inside = chance.int(0, days - 1);
  const change = CHANGES[ZONES[wishes.choice('zone')]];
  if (change !== undefined) return dayNumber(chance.pick(change)) - inside;
  const cut = dayNumber(`${chance.int(2022, 2024)}-${two(chance.int(3, 11))}-${two(monthStart(wishes))}`);
  return chance.yes(0.6) ? cut - inside : cut;
}

/** The accounting month of a day, `2022-03`. */
export function monthOf(day: number, start: number): string {
  const text = formatDay(day);
  const [year = 0, month = 0, date = 0] = text.split('-').map(Number);
  if (start === 1 || date < start) return text.slice(0, 7);
  return month === 12 ? `${year + 1}-01` : `${year}-${two(month + 1)}`;
}
