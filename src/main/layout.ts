// Answers as they are written: tables that stand straight in a terminal, CSV for programs.
import { padTo, widthOf } from '../words/width.ts';

export type Cell = string;

/** Columns under their headings; those named in `right` stand at the right edge, as figures do. */
export function layOut(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  right: readonly number[] = [],
): string {
  const widths = headings.map((heading, i) => Math.max(widthOf(heading), ...rows.map((row) => widthOf(row[i] ?? ''))));
  const line = (cells: readonly Cell[]): string =>
    cells
      .map((cell, i) =>
        right.includes(i)
          ? ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(cell))) + cell
          : padTo(cell, widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(headings), rule, ...rows.map(line), ''].join('\n');
}

export function csv(headings: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  return `${[headings, ...rows].map((row) => row.map(csvCell).join(',')).join('\n')}\n`;
}

/** A cell that cannot be taken for a formula by a spreadsheet, quoted where it must be. */
function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
