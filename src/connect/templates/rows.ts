// Rows of a table that came back: the header found below titles and blanks, under headings of either language or in the wide form
// of a reading sheet; each cell with its place. It decides nothing about what cells mean but which choice was meant.
import {
  type Clock,
  formatDay,
  type Name,
  nearest,
  type Plant,
  parseDay,
  plain,
  readClock,
  readInstant,
} from '../../plant.ts';
import { unitPoints } from '../../statement.ts';
import { type Cell, letterOf, type Sheet, type SheetRow } from '../workbook.ts';
import { type Cells, type Choice, type Column, type Kind, readablePoints, TEMPLATES } from './columns.ts';

/** What can be wrong with a table as a table; what is wrong with what it says is told by the plant's own reader. */
export type TableFault =
  | 'no-heading'
  | 'missing-heading'
  | 'unknown-heading'
  | 'no-rows'
  | 'empty-cell'
  | 'cell-error'
  | 'formula-without-value'
  | 'formula-value'
  | 'not-in-list';

export interface Place {
  readonly sheet: string;
  /** From 1, as the spreadsheet numbers it; 0 for the sheet or the file. */
  readonly row: number;
  /** `AB`; '' for the whole row. */
  readonly column: string;
  readonly heading: Name;
}

export interface TableProblem extends Place {
  readonly code: TableFault;
  readonly severity: 'error' | 'notice';
  readonly args: Readonly<Record<string, string>>;
}

export interface TableRow {
  readonly sheet: string;
  readonly row: number;
  /** By the ids of the columns, trimmed; choices by what the system knows them by. Empty ones are absent. */
  readonly cells: Cells;
  /** Where each cell stands, by the same ids. */
  readonly places: Readonly<Record<string, Place>>;
  /** Cells under headings that are no column of the template. */
  readonly others: Cells;
}

export interface Table {
  readonly rows: readonly TableRow[];
  readonly problems: readonly TableProblem[];
  /** Each sheet's headings and rows as they were, for a report that sends refused ones back. */
  readonly sheets: readonly {
    readonly name: string;
    readonly headings: readonly string[];
    readonly rows: ReadonlyMap<number, readonly string[]>;
  }[];
}

const NOWHERE: Name = { zh: '', en: '' };
const HEADER_ROWS = 30;
/** Sheets of ours that hold no rows. */
export const GUIDE_SHEET: Name = { zh: '说明', en: 'Guide' };
export const LIST_SHEET: Name = { zh: '选项', en: 'Choices' };
const ASIDE = new Set([GUIDE_SHEET, LIST_SHEET].flatMap(({ zh, en }) => [zh, en]));

/** `蒸汽 (t)`, `蒸汽（必填）*` and `蒸汽` are one heading. */
const keyOf = (heading: string): string =>
  plain(heading)
    .replace(/\s+/g, '')
    .replace(/\*+$/, '')
    .replace(/(?:\([^()]*\)|\[[^\][]*\])$/, '')
    .toLowerCase();

const everyName = ({ id, name, also = [] }: Column): string[] =>
  [id, name.zh, name.en, ...also].flatMap((one) => [plain(one).replace(/\s+/g, '').toLowerCase(), keyOf(one)]);

interface Header {
  readonly row: SheetRow;
  /** Place of a column → the column it is. */
  readonly at: ReadonlyMap<number, Column>;
  /** Of a wide table: place → the point read in it. */
  readonly points: ReadonlyMap<number, string>;
  readonly headings: readonly string[];
}

export function readRows(kind: Kind, sheets: readonly Sheet[], plant: Plant): Table {
  const problems: TableProblem[] = [];
  const rows: TableRow[] = [];
  const kept: Table['sheets'][number][] = [];
  const whole = (sheet: string, code: TableFault, args: Record<string, string> = {}): void =>
    void problems.push({ sheet, row: 0, column: '', heading: NOWHERE, code, severity: 'error', args });
  const candidates = sheets.filter(({ hidden, name, rows: some }) => !hidden && !ASIDE.has(name) && some.length > 0);
  const misses: (readonly [Sheet, Column[]])[] = [];
  for (const sheet of candidates) {
    const header = headerOf(kind, sheet, plant);
    if (!('row' in header)) {
      misses.push([sheet, header.missing]);
      continue;
    }
    const reader = new RowReader(kind, sheet, header, plant, problems);
    const before = rows.length;
    const shown = new Map<number, readonly string[]>();
    for (const row of sheet.rows) {
      if (row.row <= header.row.row || row.title || isHeader(row, header)) continue;
      rows.push(...reader.read(row));
      shown.set(
        row.row,
        header.headings.map((_, i) => row.cells.get(i)?.text ?? ''),
      );
    }
    kept.push({ name: sheet.name, headings: header.headings, rows: shown });
    if (rows.length === before && shown.size === 0) whole(sheet.name, 'no-rows');
  }
  if (kept.length === 0) {
    const [near] = misses.sort(([, a], [, b]) => a.length - b.length);
    const needed = TEMPLATES[kind].columns.filter(({ required }) => required);
    if (near && near[1].length < needed.length)
      for (const { name } of near[1])
        problems.push({
          sheet: near[0].name,
          row: 0,
          column: '',
          heading: name,
          code: 'missing-heading',
          severity: 'error',
          args: {},
        });
    else whole(near?.[0].name ?? '', candidates.length === 0 ? 'no-rows' : 'no-heading', headingsOf(needed));
  }
  return { rows, problems, sheets: kept };
}

/** The headings in both languages, for a sentence in either. */
const headingsOf = (columns: readonly Column[]): Record<string, string> => ({
  zh: columns.map(({ name }) => name.zh).join('、'),
  en: columns.map(({ name }) => name.en).join(', '),
});

/** The first row that holds every needed heading; else what the best row lacked. */
function headerOf(kind: Kind, sheet: Sheet, plant: Plant): Header | { missing: Column[] } {
  const { columns } = TEMPLATES[kind];
  const byName = new Map(columns.flatMap((column) => everyName(column).map((one) => [one, column] as const)).reverse());
  const needed = columns.filter(({ required }) => required);
  let missing = [...needed];
  for (const row of sheet.rows.slice(0, HEADER_ROWS)) {
    if (row.title) continue;
    const at = new Map<number, Column>();
    for (const [place, { text }] of row.cells) {
      const exact = byName.get(plain(text).replace(/\s+/g, '').toLowerCase());
      const column = exact ?? byName.get(keyOf(text));
      if (column && ![...at.values()].includes(column)) at.set(place, column);
    }
    const found = new Set(at.values());
    const lacks = needed.filter((column) => !found.has(column));
    const header = { row, at, points: new Map<number, string>(), headings: headingsIn(row) };
    if (lacks.length === 0) return header;
    if (kind === 'readings') {
      const wide = wideHeader(header, plant);
      if (wide) return wide;
    }
    if (lacks.length < missing.length) missing = lacks;
  }
  return { missing };
}

const headingsIn = ({ cells }: SheetRow): string[] =>
  Array.from({ length: Math.max(...cells.keys()) + 1 }, (_, i) => cells.get(i)?.text.trim() ?? '');

const DAY: Column = {
  id: 'day',
  name: { zh: '日期', en: 'day' },
  note: NOWHERE,
  width: 14,
  form: 'day',
  also: ['date', '核算日'],
};
const SHIFT: Column = {
  id: 'shift',
  name: { zh: '班次', en: 'shift' },
  note: NOWHERE,
  width: 10,
  form: 'choice',
  choices: (plant) => [...plant.shiftNames].map(([value, name]) => ({ value, name })),
};
const WIDE = [TEMPLATES.readings.columns.find(({ id }) => id === 'time')!, DAY, SHIFT];

/** A row of points under which readings stand, with a time, or a day and a time or shift, beside them. */
function wideHeader(header: Header, plant: Plant): Header | undefined {
  const at = new Map<number, Column>();
  const points = new Map<number, string>();
  const ids = readablePoints(plant, undefined);
  const named = Map.groupBy(ids, (id) => keyOf(plant.pointById.get(id)!.name.zh));
  const namedEn = Map.groupBy(ids, (id) => keyOf(plant.pointById.get(id)!.name.en));
  for (const [place, text] of header.headings.entries()) {
    const column = WIDE.find((one) => everyName(one).includes(keyOf(text)));
    if (column && ![...at.values()].includes(column)) at.set(place, column);
    else {
      const bare = plain(text).split(/\s|\(/)[0] ?? '';
      const called = [named.get(keyOf(text)), namedEn.get(keyOf(text))].find((some) => some?.length === 1);
      const point = [plain(text), bare].find((id) => ids.includes(id)) ?? called?.[0];
      if (point !== undefined) points.set(place, point);
    }
  }
  const told = new Set([...at.values()].map(({ id }) => id));
  const timed = told.has('time') || (told.has('day') && told.has('shift'));
  return timed && points.size > 0 ? { ...header, at, points } : undefined;
}

/** Sheets that are printed page by page repeat their headings. */
const isHeader = (row: SheetRow, { headings, at }: Header): boolean =>
  at.size > 1 && [...at.keys()].every((place) => row.cells.get(place)?.text.trim() === headings[place]);

class RowReader {
  private readonly kind: Kind;
  private readonly sheet: string;
  private readonly header: Header;
  private readonly plant: Plant;
  private readonly problems: TableProblem[];
  private readonly formulas = new Set<number>();
  /** Choices are looked up once: a month of readings names the same points over and over. */
  private readonly meanings = new Map<string, string>();
  private readonly clocks = new Map<string, Clock | undefined>();

  constructor(kind: Kind, sheet: Sheet, header: Header, plant: Plant, problems: TableProblem[]) {
    this.kind = kind;
    this.sheet = sheet.name;
    this.header = header;
    this.plant = plant;
    this.problems = problems;
    // Past results keep every column; elsewhere one that is not read should be known not to be.
    if (kind === 'history') return;
    for (const [place, text] of header.headings.entries())
      if (text !== '' && !header.at.has(place) && !header.points.has(place))
        this.tell('unknown-heading', 'notice', this.place(header.row.row, place, { zh: text, en: text }));
  }

  read(row: SheetRow): TableRow[] {
    const { at, points, headings } = this.header;
    const cells: Record<string, string> = {};
    const places: Record<string, Place> = {};
    let failed = false;
    for (const [index, column] of [...at].sort(([, a], [, b]) => this.order(a) - this.order(b))) {
      const place = this.place(row.row, index, column.name);
      places[column.id] = place;
      const text = this.text(row.cells.get(index), index, place);
      if (text === undefined) failed = true;
      else if (text !== '' && !column.readOnly) cells[column.id] = this.meant(column, text, cells);
    }
    if (points.size > 0) return this.readWide(row, cells, places, failed);
    const others: Record<string, string> = {};
    for (const [index, cell] of row.cells)
      if (!at.has(index) && headings[index]) others[headings[index]] = cell.text.trim();
    for (const [index, { id, required, name }] of at)
      if (required && cells[id] === undefined && !failed) {
        this.tell('empty-cell', 'error', this.place(row.row, index, name));
        failed = true;
      }
    return failed ? [] : [{ sheet: this.sheet, row: row.row, cells, places, others }];
  }

  /** A reading of each point that was read; an empty cell is no reading. */
  private readWide(row: SheetRow, told: Cells, places: TableRow['places'], failed: boolean): TableRow[] {
    const { points, headings } = this.header;
    const out: TableRow[] = [];
    for (const [index, point] of points) {
      const heading = headings[index] ?? '';
      const place = this.place(row.row, index, { zh: heading, en: heading });
      const value = this.text(row.cells.get(index), index, place);
      if (value === undefined || value === '' || /^[-—–/\\]+$/.test(value)) continue;
      const time = this.timeOf(told, point);
      if (failed) continue;
      if (time === undefined) {
        this.tell('empty-cell', 'error', places.time ?? places.day ?? place);
        return out;
      }
      const whole = { ...places, point: place, value: place, time: places.time ?? places.day ?? place };
      out.push({ sheet: this.sheet, row: row.row, cells: { point, time, value }, places: whole, others: {} });
    }
    return out;
  }

  /** The instant of a wide row: its time, its day and time of day, or the end of its shift. */
  private timeOf({ time, day, shift }: Cells, point: string): string | undefined {
    const clock = time === undefined ? undefined : readClock(plain(time));
    if (time !== undefined && (clock === undefined || day === undefined)) return time;
    if (day === undefined) return undefined;
    if (time !== undefined) return `${day} ${plain(time)}`;
    if (shift === undefined) return undefined;
    const times = this.clockOf(point)?.shifts.find(({ code }) => code === shift);
    const on = parseDay(day);
    if (!times || on === undefined) return `${day} ${shift}`;
    return new Date(this.plant.zone.at(on, times.endMs).at).toISOString();
  }

  /** The clock of the first unit that reads a point. */
  private clockOf(point: string): Clock | undefined {
    if (!this.clocks.has(point)) {
      const unit = [...this.plant.units.values()].find((one) => unitPoints(this.plant, one).has(point));
      this.clocks.set(point, unit?.rotation.clock);
    }
    return this.clocks.get(point);
  }

  /** The text of a cell; undefined, told, when there is none to be trusted. */
  private text(cell: Cell | undefined, index: number, place: Place): string | undefined {
    if (!cell) return '';
    if (cell.kind === 'error') return this.tell('cell-error', 'error', place, { found: cell.text });
    if (cell.kind === 'unknown')
      return this.tell('formula-without-value', 'error', place, { formula: cell.formula ?? '' });
    // Told once a column: a column of formulas is one thing to know.
    if (cell.formula !== undefined && !this.formulas.has(index)) {
      this.formulas.add(index);
      this.tell('formula-value', 'notice', place, { formula: cell.formula, found: cell.text });
    }
    return cell.text.trim();
  }

  private meant(column: Column, text: string, before: Cells): string {
    if (column.form === 'day') return dayText(text, this.plant);
    if (column.form === 'month') return monthText(text);
    if (column.form === 'decimal') return plain(text).replace(/^[−–]/, '-');
    if (!column.choices) return text;
    const key = `${column.id} ${before.unit ?? ''} ${text}`;
    const meant = this.meanings.get(key) ?? choiceMeant(column.choices(this.plant, before), text) ?? text;
    this.meanings.set(key, meant);
    return meant;
  }

  private order(column: Column): number {
    return TEMPLATES[this.kind].columns.indexOf(column);
  }

  private place(row: number, index: number, heading: Name): Place {
    return { sheet: this.sheet, row, column: letterOf(index), heading };
  }

  private tell(
    code: TableFault,
    severity: TableProblem['severity'],
    place: Place,
    args: Record<string, string> = {},
  ): undefined {
    this.problems.push({ ...place, code, severity, args });
  }
}

/** The choice that a text means: what the system knows it by, else a name that only one of them has. */
export function choiceMeant(choices: readonly Choice[], text: string): string | undefined {
  const wanted = plain(text);
  if (choices.some(({ value }) => value === text)) return text;
  if (choices.some(({ value }) => value === wanted)) return wanted;
  const named = new Set(
    choices
      .filter(({ value, name }) => [value, name.zh, name.en].some((one) => one.toLowerCase() === wanted.toLowerCase()))
      .map(({ value }) => value),
  );
  return named.size === 1 ? [...named][0] : undefined;
}

/** What a choice is called in a table: its name, unless another is called the same. */
export function choiceShown(choices: readonly Choice[], value: string, language: 'zh' | 'en'): string {
  const shown = choices.find((one) => one.value === value)?.name[language];
  return shown !== undefined && shown.trim() === shown && choiceMeant(choices, shown) === value ? shown : value;
}

/** `2022/3/1`, `2022年3月1日` and a day at midnight as `2022-03-01`; what is no day as it stands. */
export function dayText(text: string, plant: Plant): string {
  const day = parseDay(text);
  if (day !== undefined) return text;
  const read = readInstant(text, plant.zone);
  return read ? formatDay(plant.zone.dayAt(read.at)) : text;
}

/** `2022年3月`, `2022/3` and the first of a month, as Excel makes it, as `2022-03`. */
export function monthText(text: string): string {
  const match = /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*(?:月|[-/.月]\s*0?1\s*日?)?$/.exec(plain(text));
  return match ? `${match[1]}-${(match[2] ?? '').padStart(2, '0')}` : text;
}

export const nearestChoice = (choices: readonly Choice[], text: string): string =>
  nearest(
    text,
    choices.flatMap(({ value, name }) => [value, name.zh, name.en]),
  ) ?? '';
