// Sheets as an .xlsx that opens ready to be filled in: frozen headings, widths, drop-down lists, checks, numbers and dates as such.
// Exact: a text that a cell of numbers or dates cannot keep to the last digit is written as text.
import exceljs from '@protobi/exceljs';
import { asDate, asNumber } from './numbers.ts';
import { letterOf } from './sheets.ts';

export type Form = 'text' | 'decimal' | 'day' | 'instant' | 'choice';

export interface ColumnSpec {
  readonly heading: string;
  /** In characters of the Latin alphabet; a Chinese one takes two. */
  readonly width: number;
  readonly form: Form;
  readonly required?: boolean;
  /** Told beside the cell while it is being filled in. */
  readonly prompt?: string;
  /** What may be chosen; other texts are refused by the spreadsheet already. */
  readonly choices?: readonly string[];
  /** Told by the spreadsheet when what was typed is refused. */
  readonly refusal?: string;
  /** Shown in grey: nothing typed there is read. */
  readonly readOnly?: boolean;
}

export interface SheetSpec {
  readonly name: string;
  readonly columns: readonly ColumnSpec[];
  /** Texts in the order of the columns; '' and absent ones stay empty. */
  readonly rows: readonly (readonly string[])[];
  /** Empty rows below that are formatted and checked as well. */
  readonly spare?: number;
  /** Long texts break over lines. */
  readonly wrapped?: boolean;
}

export interface WorkbookSpec {
  readonly sheets: readonly SheetSpec[];
  /** The name of the hidden sheet that holds the lists to choose from. */
  readonly listSheet: string;
  readonly refusalTitle: string;
  readonly language: 'zh' | 'en';
}

const HEADING_FILL = { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FF1F4E78' } } as const;
const OPTIONAL_FILL = { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FF7F8FA6' } } as const;
const READ_ONLY_FILL = { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FFF0F0F0' } } as const;
const LINE = { style: 'thin', color: { argb: 'FFD0D0D0' } } as const;
const BORDER = { top: LINE, bottom: LINE, left: LINE, right: LINE } as const;

const FRAMED_ROWS_MAX = 2000;

/** How a cell of a form is formatted before anything stands in it. */
const FORMATS: Readonly<Record<Form, string>> = {
  text: '@',
  choice: '@',
  decimal: 'General',
  day: 'yyyy-mm-dd',
  instant: 'yyyy-mm-dd hh:mm',
};

/** The bytes of a workbook. */
export async function writeSheets({ sheets, listSheet, refusalTitle, language }: WorkbookSpec): Promise<Buffer> {
  const book = new exceljs.Workbook();
  book.creator = 'CrewLedger';
  // The same rows make the same bytes.
  book.created = new Date(0);
  book.modified = new Date(0);
  const lists = new Map<string, string>();
  const wanted: (readonly string[])[] = [];
  for (const choices of sheets.flatMap(({ columns }) => columns.map((one) => one.choices ?? []))) {
    const key = JSON.stringify(choices);
    if (choices.length === 0 || lists.has(key)) continue;
    const column = letterOf(wanted.length);
    lists.set(key, `'${listSheet}'!$${column}$1:$${column}$${choices.length}`);
    wanted.push(choices);
  }
  const font = language === 'zh' ? '微软雅黑' : 'Calibri';
  for (const spec of sheets) fillSheet(book.addWorksheet(spec.name), spec, lists, font, refusalTitle);
  if (wanted.length > 0) {
    const sheet = book.addWorksheet(listSheet, { state: 'hidden' });
    for (const [column, choices] of wanted.entries())
      for (const [row, choice] of choices.entries()) {
        const cell = sheet.getCell(row + 1, column + 1);
        cell.value = escaped(choice);
        cell.numFmt = '@';
      }
  }
  return Buffer.from(await book.xlsx.writeBuffer());
}

function fillSheet(
  sheet: exceljs.Worksheet,
  { columns, rows, spare = 0, wrapped = false }: SheetSpec,
  lists: ReadonlyMap<string, string>,
  font: string,
  refusalTitle: string,
): void {
  sheet.views = [{ state: 'frozen', ySplit: 1 }];
  sheet.pageSetup = {
    orientation: 'landscape',
    fitToPage: true,
    fitToWidth: 1,
    fitToHeight: 0,
    printTitlesRow: '1:1',
    paperSize: 9,
  };
  const last = Math.max(2, rows.length + 1 + spare);
  for (const [index, column] of columns.entries()) {
    sheet.getColumn(index + 1).width = column.width;
    sheet.getColumn(index + 1).font = { name: font, size: 10 };
    const heading = sheet.getCell(1, index + 1);
    heading.value = escaped(column.heading);
    heading.font = { name: font, size: 10, bold: true, color: { argb: 'FFFFFFFF' } };
    heading.fill = column.required || wrapped ? HEADING_FILL : OPTIONAL_FILL;
    heading.alignment = { horizontal: 'center', vertical: 'middle', wrapText: true };
    heading.border = BORDER;
    for (let row = 2; row <= rows.length + 1 + spare; row += 1) {
      const cell = sheet.getCell(row, index + 1);
      // A frame around every cell of a long table takes longer than the table; its columns have the letters already.
      if (rows.length <= FRAMED_ROWS_MAX) {
        cell.font = { name: font, size: 10 };
        cell.border = BORDER;
      }
      fillCell(cell, rows[row - 2]?.[index] ?? '', column);
      if (wrapped) cell.alignment = { vertical: 'top', wrapText: true };
      if (column.readOnly) cell.fill = READ_ONLY_FILL;
    }
    const check = wrapped ? undefined : checkOf(column, lists, refusalTitle);
    if (check) validationsOf(sheet).add(`${letterOf(index)}2:${letterOf(index)}${last}`, check);
  }
  sheet.getRow(1).height = 22;
  if (wrapped) for (const [index, row] of rows.entries()) sheet.getRow(index + 2).height = 16 * linesOf(row, columns);
  if (!wrapped) sheet.autoFilter = { from: { row: 1, column: 1 }, to: { row: 1, column: columns.length } };
}

function fillCell(cell: exceljs.Cell, text: string, { form }: ColumnSpec): void {
  cell.numFmt = FORMATS[form];
  if (text === '') return;
  const number = form === 'decimal' ? asNumber(text) : undefined;
  const date = form === 'day' || form === 'instant' ? asDate(text) : undefined;
  if (number) {
    cell.value = number.value;
    if (number.places > 0) cell.numFmt = `0.${'0'.repeat(number.places)}`;
  } else if (date) {
    cell.value = date.serial;
    cell.numFmt = date.format;
  } else {
    cell.value = escaped(text);
    cell.numFmt = '@';
  }
}

/** How many lines the fullest cell of a row takes; not every program finds out by itself. */
function linesOf(row: readonly string[], columns: readonly ColumnSpec[]): number {
  const wide = (text: string): number => [...text].reduce((sum, c) => sum + (c > '\u2e80' ? 2 : 1), 0);
  const lines = row.map((text, i) =>
    text
      .split('\n')
      .reduce((sum, line) => sum + Math.max(1, Math.ceil((wide(line) * 1.15) / (columns[i]?.width ?? 10))), 0),
  );
  return Math.min(25, Math.max(1, ...lines));
}

/** Part of the library that its types leave out. */
interface Validations {
  readonly add: (range: string, validation: exceljs.DataValidation) => void;
}
const validationsOf = (sheet: exceljs.Worksheet): Validations =>
  (sheet as unknown as { readonly dataValidations: Validations }).dataValidations;

/** Excel shows at most 255 characters. */
const short = (text: string): string => ([...text].length > 200 ? `${[...text].slice(0, 199).join('')}…` : text);

function checkOf(
  { heading, form, prompt, choices, refusal }: ColumnSpec,
  lists: ReadonlyMap<string, string>,
  refusalTitle: string,
): exceljs.DataValidation | undefined {
  const told = {
    allowBlank: true,
    ...(prompt === undefined
      ? {}
      : { showInputMessage: true, promptTitle: [...heading].slice(0, 30).join(''), prompt: short(prompt) }),
    ...(refusal === undefined
      ? {}
      : { showErrorMessage: true, errorStyle: 'stop', errorTitle: refusalTitle, error: short(refusal) }),
  };
  const range = choices === undefined ? undefined : lists.get(JSON.stringify(choices));
  if (range !== undefined) return { ...told, type: 'list', formulae: [range] };
  if (form === 'decimal') return { ...told, type: 'decimal', operator: 'between', formulae: [-1e15, 1e15] };
  if (form === 'day' || form === 'instant')
    return { ...told, type: 'date', operator: 'greaterThan', formulae: [25569] as never };
  return prompt === undefined ? undefined : { ...told, type: 'textLength', operator: 'lessThan', formulae: [32767] };
}

/** Characters that XML cannot hold, as spreadsheets write them; and what would be taken for one. */
const escaped = (text: string): string =>
  text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML cannot hold
    .replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g, hexOf);

const hexOf = (c: string): string => `_x${c.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}_`;
