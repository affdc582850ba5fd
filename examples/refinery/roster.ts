// Clocks and rotations of the refinery, each rotation checked to cover every slot once, and the shifts they give. The zone is
// Asia/Shanghai, eight hours ahead all through 2022.
import type { YamlMap } from '../../src/simulate/write.ts';
import type { RotationId } from './areas.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const AHEAD = 8 * HOUR;

/** Days from 1970-01-01 to 2022-01-01 and to 2023-01-01. */
export const YEAR_FIRST = 18_993;
export const YEAR_END = YEAR_FIRST + 365;

export const dayNumber = (text: string): number => {
  const [year = 0, month = 1, day = 1] = text.split('-').map(Number);
  const before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month - 1] ?? 0;
  return YEAR_FIRST + (year - 2022) * 365 + before + day - 1;
};
/** `2022-03-01 08:00` of the plant's clock. */
export const instantOf = (text: string): number => {
  const [day = '', time = '00:00'] = text.split(' ');
  return dayNumber(day) * DAY + Number(time.slice(0, 2)) * HOUR + Number(time.slice(3)) * MINUTE - AHEAD;
};
export const midnightOf = (day: number): number => day * DAY - AHEAD;

export interface Shift {
  readonly day: number;
  readonly code: string;
  /** Place of the crew in the rotation. */
  crew: number;
  readonly from: number;
  readonly to: number;
}

interface RotationSpec {
  readonly clock: string;
  readonly pattern: string;
  readonly offset: number;
  readonly crews: readonly string[];
}

const NAMES: Readonly<Record<string, YamlMap>> = {
  早: { zh: '早班', en: 'Day' },
  中: { zh: '中班', en: 'Evening' },
  夜: { zh: '夜班', en: 'Night' },
  晚: { zh: '晚班', en: 'Night' },
  日: { zh: '日班', en: 'Day' },
  白: { zh: '常白班', en: 'Day work' },
};

/** Letter, start and end in minutes from midnight of the accounting day. */
const CLOCKS: Readonly<Record<string, readonly (readonly [string, number, number])[]>> = {
  three: [
    ['夜', 0, 480],
    ['早', 480, 960],
    ['中', 960, 1440],
  ],
  early: [
    ['夜', -10, 470],
    ['早', 470, 950],
    ['中', 950, 1430],
  ],
  five: [
    ['晚', 0, 480],
    ['早', 480, 960],
    ['中', 960, 1440],
  ],
  twelve: [
    ['日', 480, 1200],
    ['夜', 1200, 1920],
  ],
  day: [['白', 480, 1020]],
};

const FOUR = ['甲', '乙', '丙', '丁'];
export const ROTATIONS: Readonly<Record<RotationId, RotationSpec>> = {
  four: { clock: 'three', pattern: '早中休夜', offset: 1, crews: FOUR },
  twelve: { clock: 'early', pattern: '早早早休中中中休夜夜夜休', offset: 3, crews: FOUR },
  eight: { clock: 'three', pattern: '早早中中夜夜休休', offset: 2, crews: FOUR },
  five: { clock: 'five', pattern: '中中晚晚休早早休休休', offset: 2, crews: [...FOUR, '戊'] },
  'two-shift': { clock: 'twelve', pattern: '日夜休休', offset: 1, crews: FOUR },
  day: { clock: 'day', pattern: '白白白白白休休', offset: 0, crews: ['班'] },
};
/** The day rotation's week begins on a Monday, the others with the year. */
const ROTATION_FROM: Readonly<Partial<Record<RotationId, string>>> = { day: '2021-12-27' };
const firstDayOf = (id: RotationId): number => (id === 'day' ? YEAR_FIRST - 5 : YEAR_FIRST);

/** All shifts of 2022 by their accounting day, in order of time. */
export function shiftsOf(id: RotationId): Shift[] {
  const { clock, pattern, offset, crews } = ROTATIONS[id];
  const letters = [...pattern];
  const out: Shift[] = [];
  for (let day = YEAR_FIRST; day < YEAR_END; day += 1)
    for (const [code, start, end] of CLOCKS[clock]!) {
      const since = day - firstDayOf(id);
      const crew = crews.findIndex((_, i) => letters[(since + i * offset) % letters.length] === code);
      if (crew < 0) continue;
      const midnight = midnightOf(day);
      out.push({ day, code, crew, from: midnight + start * MINUTE, to: midnight + end * MINUTE });
    }
  return out;
}

const clockText = (minutes: number): string => {
  const wall = (minutes + 1440) % 1440;
  const at = wall === 0 && minutes > 0 ? 1440 : wall;
  return `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
};

/** The `clocks` and `rotations` sections for the rotations in use. */
export function rosterSections(used: readonly RotationId[]): YamlMap {
  const clocks: YamlMap = {};
  const rotations: YamlMap = {};
  for (const id of used) {
    const { clock, pattern, offset, crews } = ROTATIONS[id];
    const shifts: YamlMap = {};
    for (const [code, start, end] of CLOCKS[clock]!)
      shifts[code] = {
        name: NAMES[code]!,
        start: clockText(start),
        end: clockText(end),
        ...(start < 0 && { on: 'day before' }),
      };
    clocks[clock] = { shifts, ...(clock === 'day' && { 'round the clock': 'no' }) };
    const from = ROTATION_FROM[id] ?? '2022-01-01';
    rotations[id] = { clock, periods: [{ from, pattern, offset: String(offset), crews: [...crews] }] };
  }
  return { clocks, rotations };
}

const two = (n: number): string => String(n).padStart(2, '0');
const days = new Map<number, string>();

export function formatDay(day: number): string {
  const known = days.get(day);
  if (known !== undefined) return known;
  let rest = day - YEAR_FIRST;
  let year = 2022;
  for (; rest < 0; rest += 365) year -= 1;
  for (; rest >= 365; rest -= 365) year += 1;
  let month = 0;
  const lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  while (rest >= lengths[month]!) {
    rest -= lengths[month]!;
    month += 1;
  }
  const text = `${year}-${two(month + 1)}-${two(rest + 1)}`;
  days.set(day, text);
  return text;
}
export const dayAt = (at: number): number => Math.floor((at + AHEAD) / DAY);
export const monthAt = (at: number): string => formatDay(dayAt(at)).slice(0, 7);

/** `2022-03-01T08:00:00+08:00` */
export function formatStamp(at: number): string {
  const wall = at + AHEAD;
  const minutes = Math.floor((wall % DAY) / MINUTE);
  return `${formatDay(Math.floor(wall / DAY))}T${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:00+08:00`;
}
