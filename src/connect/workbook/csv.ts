// A whole CSV as rows of cells, and back. Commas, or tabs where the first line has no comma; quotes over lines. What a spreadsheet
// would take for a formula is written with a mark before it, which reading takes off again.
import { type Limits, Unreadable } from './fault.ts';
import { asNumber } from './numbers.ts';
import type { Cell, SheetRow } from './sheets.ts';

const RISKY = /^'*[=+\-@\t\r]/;

/** Rows that hold something, numbered by the line on which they begin. */
export function csvRows(text: string, { cellsMax }: Limits): SheetRow[] {
  const rows: SheetRow[] = [];
  const first = text.slice(0, text.search(/[\r\n]/) >>> 0);
  const comma = first.includes(',') || !first.includes('\t') ? ',' : '\t';
  let [at, line, count] = [text.startsWith('\uFEFF') ? 1 : 0, 1, 0];
  while (at < text.length) {
    const begun = line;
    const cells = new Map<number, Cell>();
    for (let column = 0; ; column += 1) {
      let cell = '';
      if (text[at] === '"') {
        const taken = quoted(text, at + 1);
        cell = taken.cell;
        line += cell.split('\n').length - 1;
        at = taken.at;
      }
      // What stands behind a closing quote belongs to the cell, as spreadsheets have it.
      let end = at;
      while (end < text.length && text[end] !== comma && text[end] !== '\n' && text[end] !== '\r') end += 1;
      cell = (cell + text.slice(at, end)).trim();
      at = end;
      if (cell !== '') {
        count += 1;
        if (count > cellsMax) throw new Unreadable('workbook-too-large');
        cells.set(column, { text: RISKY.test(cell) && cell.startsWith("'") ? cell.slice(1) : cell, kind: 'text' });
      }
      if (text[at] !== comma) break;
      at += 1;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
    at += 1;
    line += 1;
    if (cells.size > 0) rows.push({ row: begun, cells, title: false });
  }
  return rows;
}

/** The inside of quotes; an open one runs to the end of the text. */
function quoted(text: string, from: number): { cell: string; at: number } {
  let cell = '';
  let at = from;
  for (;;) {
    const end = text.indexOf('"', at);
    if (end < 0) return { cell: cell + text.slice(at), at: text.length };
    cell += text.slice(at, end);
    if (text[end + 1] !== '"') return { cell, at: end + 1 };
    cell += '"';
    at = end + 2;
  }
}

/** With the mark by which Chinese Excel knows UTF-8. */
export function csvText(rows: readonly (readonly string[])[]): string {
  const cell = (text: string): string => {
    const safe = RISKY.test(text) && !asNumber(text) ? `'${text}` : text;
    return /[",\t\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}
