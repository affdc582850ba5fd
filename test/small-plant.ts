// A plant small enough to work by hand: one unit `u` in UTC on 2022-03-02, 夜 00–08 (crew A), 早 08–16 (B), 中 16–24 (C).
import { formatDay, type Plant, parseDay } from '../src/plant.ts';
import { type Books, openBooks, type Sheet, settleShift, shiftsBetween } from '../src/statement.ts';
import { ENGINE } from './plant-months/compare.ts';
import { loadPlant } from './plant-months/engine.ts';

export const DAY = '2022-03-02';

export interface SmallPlant {
  /** `water: {role: output, …}`, one a line; units by name, or those of `u`. */
  readonly streams: readonly string[] | Readonly<Record<string, readonly string[]>>;
  readonly points: readonly string[];
  /** `water 10` is a plan price; `steam actual 5`. */
  readonly prices: readonly string[];
  /** `W 08:00 100`; a date may stand before the time, a quality after the value. */
  readonly readings: string;
  readonly unit?: string;
  readonly plant?: string;
  readonly more?: string;
  readonly tables?: Readonly<Record<string, string>>;
}

export function filesOf(small: SmallPlant): Map<string, string> {
  const units = Array.isArray(small.streams) ? { u: small.streams } : small.streams;
  const yaml = `
plant: {id: p, zone: UTC${small.plant ?? ''}}
clocks:
  three: {shifts: {夜: {start: "00:00", end: "08:00"}, 早: {start: "08:00", end: "16:00"}, 中: {start: "16:00", end: "24:00"}}}
rotations:
  r: {clock: three, periods: [{from: 2022-03-01, pattern: 中夜早, offset: 1, crews: [A, B, C]}]}
${small.more ?? ''}
units:
${Object.entries(units)
  .map(
    ([id, streams]) =>
      `  ${id}:\n    rotation: r\n${small.unit ?? ''}    streams:\n${(streams as string[]).map((s) => `      ${s}\n`).join('')}`,
  )
  .join('')}
points:
${small.points.map((p) => `  ${p}\n`).join('')}`;
  const prices = small.prices.map((text) => {
    const [item, ...rest] = text.split(' ');
    const price = rest.pop();
    return `${item},${rest[0] ?? 'plan'},2022-01-01,${price}`;
  });
  return new Map([
    ['plant.yaml', yaml],
    ['prices.csv', ['item,kind,from,price', ...prices].join('\n')],
    ['readings.csv', readingRows(small.readings)],
    ...Object.entries(small.tables ?? {}),
  ]);
}

function readingRows(lines: string): string {
  const rows = lines.split(/\s*[;\n]\s*/).filter(Boolean);
  return [
    'point,time,value,quality',
    ...rows.map((line) => {
      const [point, ...rest] = line.trim().split(/\s+/);
      const day = /^\d{4}-/.test(rest[0] ?? '') ? rest.shift() : DAY;
      const [time, value, quality = ''] = rest;
      return `${point},${day} ${time},${value},${quality}`;
    }),
  ].join('\n');
}

/** The sheets of the day, as of an instant in ms (default: everything known), and the books they were settled from. */
export function settleSmall(
  small: SmallPlant,
  day = DAY,
  asOf = Number.POSITIVE_INFINITY,
): { sheets: Sheet[]; plant: Plant; books: Books } {
  const { plant, facts, log } = loadPlant(ENGINE, filesOf(small));
  const books = openBooks(plant, facts, log, asOf);
  const on = parseDay(day);
  if (on === undefined) throw new Error(`no day ${day}`);
  return { sheets: shiftsBetween(books, on, on).map((shift) => settleShift(books, shift)), plant, books };
}

/** The lines of the counted part of the early shift (早), by key. */
export function earlyLines(small: SmallPlant): Record<string, number> {
  const early = settleSmall(small).sheets.find(({ shift }) => shift.code === '早');
  return Object.fromEntries((early?.counted?.lines ?? []).map((line) => [line.key, line.fen]));
}

export const dayText = formatDay;
