// The common forms of a time and of a value, read straight from bytes: `2022-03-01 08:00`, `2022-03-01T08:00:00+08:00`,
// `84265.600`. Anything else is NaN, for the general readers to judge; a test holds both to the same result.
import { dayOf, type Point, type Zone } from '../plant.ts';
import { multiplyDivide, ratio } from '../quantity.ts';

const DAY_MS = 86_400_000;
const [ZERO, NINE, MINUS, PLUS, DOT, COLON, SLASH, SPACE, BIG_T, BIG_Z] = [48, 57, 45, 43, 46, 58, 47, 32, 84, 90];

const two = (b: Uint8Array, at: number): number => {
  const high = b[at]! - ZERO;
  const low = b[at + 1]! - ZERO;
  return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : Number.NaN;
};

/** Reads stamps of one zone; remembers the last day, since rows of a day stand together. */
export class FastClock {
  private readonly zone: Zone;
  private dayKey = -1;
  private day = Number.NaN;
  /** The instant of local midnight when the whole day runs at one offset, else NaN. */
  private midnight = Number.NaN;

  constructor(zone: Zone) {
    this.zone = zone;
  }

  /** The instant of the stamp in `b[from..to)`, NaN when it is none of the common forms or needs a closer look. */
  instant(b: Uint8Array, from: number, to: number): number {
    if (to - from < 16 || b[from + 13] !== COLON) return Number.NaN;
    const separator = b[from + 4];
    const gap = b[from + 10];
    if ((separator !== MINUS && separator !== SLASH) || b[from + 7] !== separator) return Number.NaN;
    if (gap !== SPACE && gap !== BIG_T) return Number.NaN;
    const dayKey = (two(b, from) * 100 + two(b, from + 2)) * 10_000 + two(b, from + 5) * 100 + two(b, from + 8);
    if (dayKey !== this.dayKey && !this.turnTo(dayKey)) return Number.NaN;
    let ms = (two(b, from + 11) * 60 + two(b, from + 14)) * 60_000;
    if (b[from + 14]! > 53) return Number.NaN;
    let at = from + 16;
    if (at < to && b[at] === COLON) {
      if (at + 3 > to || b[at + 1]! > 53) return Number.NaN;
      ms += two(b, at + 1) * 1000;
      at += 3;
      if (at < to && b[at] === DOT) {
        let digits = 0;
        let unit = 100;
        for (at += 1; at < to && b[at]! >= ZERO && b[at]! <= NINE; at += 1) {
          if (digits < 3) ms += (b[at]! - ZERO) * unit;
          unit /= 10;
          digits += 1;
        }
        if (digits === 0 || digits > 9) return Number.NaN;
      }
    }
    if (!(ms <= DAY_MS)) return Number.NaN;
    if (at === to) return this.midnight + ms;
    const local = this.day * DAY_MS + ms;
    if (b[at] === BIG_Z) return at + 1 === to ? local : Number.NaN;
    const sign = b[at];
    const colon = to - at === 6 && b[at + 3] === COLON ? 1 : 0;
    if ((sign !== PLUS && sign !== MINUS) || to - at !== 5 + colon) return Number.NaN;
    const hours = two(b, at + 1);
    const minutes = two(b, at + 3 + colon);
    if (!(hours <= 23 && minutes <= 59)) return Number.NaN;
    const shift = (hours * 60 + minutes) * 60_000;
    return local - (sign === MINUS ? -shift : shift);
  }

  private turnTo(dayKey: number): boolean {
    const year = Math.floor(dayKey / 10_000);
    const day = dayOf(year, Math.floor(dayKey / 100) % 100, dayKey % 100);
    if (day === undefined || !Number.isInteger(dayKey)) return false;
    const begins = this.zone.at(day, 0);
    const ends = this.zone.at(day, DAY_MS);
    const uniform = begins.falls === 'once' && ends.falls === 'once' && ends.at - begins.at === DAY_MS;
    this.dayKey = dayKey;
    this.day = day;
    this.midnight = uniform ? begins.at : Number.NaN;
    return true;
  }
}

/** Most digits whose integer a double holds exactly. */
const DIGITS = 15;

/** How decimals of one point become steps: value × times[places] ÷ by[places], by the digits after the point. */
export interface Scale {
  readonly times: readonly number[];
  readonly by: readonly number[];
}

export function scaleOf({ step }: Point): Scale {
  const factors = Array.from({ length: DIGITS + 1 }, (_, places) =>
    ratio(step.size.d, step.size.n * 10n ** BigInt(places)),
  );
  const safe = (n: bigint): number => (n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : Number.NaN);
  return { times: factors.map(({ n }) => safe(n)), by: factors.map(({ d }) => safe(d)) };
}

/** The decimal in `b[from..to)` in whole steps, rounded half-even; NaN when it is no plain decimal or beyond 2^53. */
export function steps(b: Uint8Array, from: number, to: number, scale: Scale): number {
  let at = from;
  const sign = b[at];
  if (sign === MINUS || sign === PLUS) at += 1;
  const first = at;
  let whole = 0;
  let point = -1;
  for (; at < to; at += 1) {
    const byte = b[at]!;
    if (byte >= ZERO && byte <= NINE) whole = whole * 10 + byte - ZERO;
    else if (byte === DOT && point < 0 && at > first) point = at;
    else return Number.NaN;
  }
  const digits = to - first - (point < 0 ? 0 : 1);
  if (digits === 0 || digits > DIGITS) return Number.NaN;
  const places = point < 0 ? 0 : to - point - 1;
  const times = scale.times[places]!;
  const by = scale.by[places]!;
  let count: number;
  if (by === 1) count = whole * times;
  else if (Number.isNaN(times) || Number.isNaN(by)) return Number.NaN;
  else if (whole * times <= Number.MAX_SAFE_INTEGER) count = multiplyDivide(whole, times, by);
  else return Number.NaN;
  if (!(count <= Number.MAX_SAFE_INTEGER)) return Number.NaN;
  return sign === MINUS && count !== 0 ? -count : count;
}
