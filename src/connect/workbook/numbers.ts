// Numbers and dates as a spreadsheet keeps them (a double and a format) and as people see them (digits). The digits are the
// fifteen that Excel shows: 0.30000000000000004 is 0.3, and a format that shows 0.2900 keeps its zeros.

const DAY_MS = 86_400_000;
/** Serial 0 of the two date systems, in ms of UTC. */
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);

/** Numbers of built-in formats that show dates, those of Chinese and Japanese Excel too. */
const DATE_FORMATS = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 45, 46, 47, 50, 51, 52, 53, 54, 55, 56, 57, 58]); // biome-ignore format: a list
const BUILT_IN: Readonly<Record<number, string>> = {
  1: '0',
  2: '0.00',
  9: '0%',
  10: '0.00%',
  14: 'yyyy-mm-dd',
  18: 'h:mm AM/PM',
  19: 'h:mm:ss AM/PM',
  20: 'h:mm',
  21: 'h:mm:ss',
  22: 'yyyy-mm-dd h:mm',
  32: 'h"时"mm"分"',
  33: 'h"时"mm"分"ss"秒"',
  45: 'mm:ss',
  46: '[h]:mm:ss',
  47: 'mm:ss.0',
};

/** How a number is shown. */
export type Shown =
  | { readonly as: 'number'; readonly places: number | undefined }
  /** A percentage is a hundredth of what is seen. */
  | { readonly as: 'percent'; readonly places: number | undefined }
  | { readonly as: 'date'; readonly clock: boolean; readonly seconds: boolean };

export function shownAs(id: number, code: string | undefined): Shown {
  const format = code ?? BUILT_IN[id] ?? '';
  // Texts, escapes, colours and locales are no letters of a date; what is for negative numbers says nothing new.
  const bare = (format.split(';')[0] ?? '').replace(/"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]/gi, '');
  const date = code === undefined ? DATE_FORMATS.has(id) : /[ymdhs]/i.test(bare.replace(/General|E[+-]/gi, ''));
  if (date) {
    const seconds = /s/i.test(bare);
    return { as: 'date', clock: seconds || /h/i.test(bare) || id === 22, seconds };
  }
  const places = /^[#,?0\s%]*0(?:\.(0+))?\s*%?$/.exec(bare.trim());
  const percent = bare.includes('%');
  return { as: percent ? 'percent' : 'number', places: places ? (places[1] ?? '').length : undefined };
}

/** The digits of a double as fifteen significant ones, never with an exponent. Undefined when it is no number. */
export function digitsOf(value: number, places = 0): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  const [mantissa = '', exponent = '0'] = value.toExponential(14).split('e');
  const negative = mantissa.startsWith('-');
  const digits = mantissa.replace(/[-.]/g, '').replace(/0+$/, '') || '0';
  const point = Number(exponent) + 1;
  const whole = point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0');
  const rest = (point <= 0 ? '0'.repeat(-point) + digits : digits.slice(point)).replace(/0+$/, '').padEnd(places, '0');
  const text = rest === '' ? whole : `${whole}.${rest}`;
  return negative && /[1-9]/.test(text) ? `-${text}` : text;
}

/** The fifteen digits, with zeros as the format shows them; a percentage keeps its sign. */
export function numberText(value: number, shown: Extract<Shown, { as: 'number' | 'percent' }>): string | undefined {
  if (shown.as === 'number') return digitsOf(value, shown.places);
  const digits = digitsOf(value * 100, shown.places);
  return digits === undefined ? undefined : `${digits}%`;
}

/** `2022-03-01`, `2022-03-01 08:00`, `08:00` (a time without a day), with seconds where the format or the value has them. */
export function dateText(serial: number, shown: Extract<Shown, { as: 'date' }>, from1904: boolean): string | undefined {
  if (!(serial >= 0 && serial < 2_958_466)) return undefined;
  // The first two months of the 1900 system are a day off, for a leap day that never was.
  const shifted = !from1904 && serial >= 1 && serial < 61 ? serial + 1 : serial;
  const ms = Math.round(shifted * DAY_MS);
  const iso = new Date((from1904 ? EPOCH_1904 : EPOCH_1900) + ms).toISOString();
  const inDay = ms % DAY_MS;
  const fraction = inDay % 1000 === 0 ? '' : iso.slice(19, 23);
  const clock = shown.seconds || inDay % 60_000 !== 0 ? iso.slice(11, 19) + fraction : iso.slice(11, 16);
  if (serial < 1 && shown.clock) return clock;
  return shown.clock || inDay !== 0 ? `${iso.slice(0, 10)} ${clock}` : iso.slice(0, 10);
}

/** The number a text can be kept as without losing a digit of it, and how many decimal places it shows. */
export function asNumber(text: string): { readonly value: number; readonly places: number } | undefined {
  const match = /^-?(0|[1-9]\d*)(?:\.(\d+))?$/.exec(text);
  if (!match) return undefined;
  const places = (match[2] ?? '').length;
  const value = Number(text);
  return places <= 15 && digitsOf(value, places) === text ? { value, places } : undefined;
}

export type DateForm = 'yyyy-mm-dd' | 'yyyy-mm-dd hh:mm' | 'yyyy-mm-dd hh:mm:ss' | 'hh:mm';

/** The serial a text can be kept as, and the format that shows it as it was. */
export function asDate(text: string): { readonly serial: number; readonly format: DateForm } | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2})(:\d{2})?)?$/.exec(text);
  if (!match) return undefined;
  const [, day, clock, seconds] = match;
  const at = Date.parse(`${day}T${clock ?? '00:00'}${seconds ?? ':00'}Z`);
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(day!)) return undefined;
  const serial = (at - EPOCH_1900) / DAY_MS;
  const format =
    clock === undefined ? 'yyyy-mm-dd' : seconds === undefined ? 'yyyy-mm-dd hh:mm' : 'yyyy-mm-dd hh:mm:ss';
  const shown = shownAs(-1, format) as Extract<Shown, { as: 'date' }>;
  return dateText(serial, shown, false) === text ? { serial, format } : undefined;
}
