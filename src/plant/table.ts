// Tables as people type them: CSV with quotes, full-width digits, local dates. Turns text into cells with their place;
// what a cell means is its reader's business. Long files of readings are streamed by `connect`, row by row, through here.
import type { Ratio } from '../quantity.ts';
import { parseDecimal } from '../quantity.ts';
import { dayOf, type Zone, type ZonedInstant } from './calendar.ts';
import { nearest, type Place, type Problems } from './problem.ts';

/** One row: cells by the table's column names (trimmed, absent and empty ones undefined) and where it stands. */
export interface Row {
  readonly cells: Readonly<Record<string, string | undefined>>;
  readonly place: Place;
}

/** The cells of one line; undefined when a quote is left open at its end, so that the next line belongs to it. */
export function splitCells(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(',');
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i += 1) {
    const c = line[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (line[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',') {
      cells.push(cell);
      cell = '';
    } else cell += c;
  }
  if (quoted) return undefined;
  cells.push(cell);
  return cells;
}

const FULL_WIDTH = /[！-～　]/g;

/** Full-width digits, letters, colons and spaces as their plain forms; trimmed. */
export const plain = (text: string): string =>
  text.replace(FULL_WIDTH, (c) => (c === '　' ? ' ' : String.fromCharCode(c.charCodeAt(0) - 0xfee0))).trim();

/**
 * A decimal as people type it: full-width digits, `1,234.5` with thousands separators, a space before a sign. Undefined
 * for everything else, `NaN` and `1e308` included (more than 40 digits).
 */
export function readDecimal(text: string): Ratio | undefined {
  const quick = parseDecimal(text);
  if (quick) return quick;
  const cleaned = plain(text).replace(/^[−–]/, '-');
  return parseDecimal(/^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(cleaned) ? cleaned.replaceAll(',', '') : cleaned);
}

const STAMP =
  /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]\s*([\d:.,时分秒\s]*[\d时分秒]))?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
const CLOCK = /^(\d{1,2})\s*:\s*(\d{1,2})(?:\s*:\s*(\d{1,2})(?:[.,](\d{1,9}))?)?$/;
const CLOCK_IN_WORDS = /^(\d{1,2})\s*时(?:\s*(\d{1,2})\s*(?:分(?:\s*(\d{1,2})\s*秒)?)?)?$/;

/** Milliseconds from midnight of `8:00`, `08:30:15.250`, `8时30分`; 24:00 is the end of the day. Undefined when it is no time. */
export function readClock(text: string): number | undefined {
  const match = CLOCK.exec(text) ?? CLOCK_IN_WORDS.exec(text);
  if (!match) return undefined;
  const [, h, mi = '0', s = '0', fraction = ''] = match;
  const [hour, minute, second] = [Number(h), Number(mi), Number(s)];
  const ms = ((hour * 60 + minute) * 60 + second) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
  return minute > 59 || second > 59 || ms > 86_400_000 ? undefined : ms;
}

/**
 * An instant from `2022-03-01T08:00:00+08:00`, `2022-03-01 08:00`, `2022/3/1 8:00`, `2022年3月1日 8时30分` (full-width too);
 * without an offset it is the plant's wall clock, 24:00 being the next midnight. Undefined when it is no time.
 */
export function readInstant(text: string, zone: Zone): ZonedInstant | undefined {
  const match = STAMP.exec(text) ?? STAMP.exec(plain(text).replace(/日(?=\d)/, '日 '));
  if (!match) return undefined;
  const [, y, mo, d, clock, offset] = match;
  const day = dayOf(Number(y), Number(mo), Number(d));
  const ms = clock === undefined ? 0 : readClock(clock.trim());
  if (day === undefined || ms === undefined) return undefined;
  if (offset === undefined) return zone.at(day, ms);
  const digits = offset.replace(/[^0-9]/g, '');
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2, 4))];
  if (hours > 23 || minutes > 59) return undefined;
  const shift = (hours * 60 + minutes) * 60_000;
  return { at: day * 86_400_000 + ms - (offset.startsWith('-') ? -shift : shift), falls: 'once' };
}

/** A table's columns: those that must be there, those that may. */
export interface Columns {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Other headings people use for a column, e.g. 测点 for point. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** Where each column stands in the file; undefined with a problem when a needed one is missing or one stands twice. */
export function readHeader(
  cells: readonly string[],
  columns: Columns,
  place: Place,
  problems: Problems,
): Map<string, number> | undefined {
  const known = [...columns.required, ...columns.optional];
  const at = new Map<string, number>();
  let ok = true;
  for (const [index, raw] of cells.entries()) {
    const text = plain(raw.replace(/^\uFEFF/, ''));
    if (text === '') continue;
    const alias = columns.aliases && Object.hasOwn(columns.aliases, text) ? columns.aliases[text] : undefined;
    const name = alias ?? text.toLowerCase().replace(/[\s-]+/g, '_');
    if (at.has(name)) {
      problems.error('duplicate-column', place, { column: text });
      ok = false;
    }
    at.set(name, index);
  }
  for (const name of columns.required)
    if (!at.has(name)) {
      const others = [...at.keys()].filter((x) => !known.includes(x));
      problems.error('missing-column', place, {
        column: name,
        found: nearest(name, others) ?? '',
        columns: columns.required.join(', '),
      });
      ok = false;
    }
  return ok ? at : undefined;
}

/** The rows of a whole table. Torn rows (more or fewer cells than the header, an open quote) become problems, not rows. */
export function readTable(file: string, text: string, columns: Columns, problems: Problems): Row[] {
  const rows: Row[] = [];
  let header: Map<string, number> | undefined;
  let width = 0;
  const lines = text.split(/\r\n|\n|\r/);
  for (let index = 0; index < lines.length; index += 1) {
    const place = { file, line: index + 1, column: 1 };
    let line = lines[index] as string;
    if (line.trim() === '') continue;
    let cells = splitCells(line);
    // A quoted cell may run over some lines; when its quote is never closed only the line that opened it is lost.
    let last = index;
    while (!cells && last + 1 < lines.length && last - index < 20) {
      last += 1;
      line += `\n${lines[last]}`;
      cells = splitCells(line);
    }
    if (!cells) {
      problems.error('torn-row', place, { why: 'quote' });
      continue;
    }
    index = last;
    if (!header) {
      header = readHeader(cells, columns, place, problems);
      width = cells.length;
      if (!header) return [];
      continue;
    }
    if (cells.length !== width) {
      problems.error('torn-row', place, { why: 'cells', cells: String(cells.length), expected: String(width) });
      continue;
    }
    const values: Record<string, string | undefined> = {};
    for (const [name, at] of header) {
      const cell = cells[at]?.trim();
      if (cell) values[name] = cell;
    }
    rows.push({ cells: values, place });
  }
  if (!header) problems.error('no-rows', { file, line: 0, column: 0 });
  return rows;
}
