// The parts of an .xlsx as sheets of cells: shared texts, formats, rows. Macros, links to other files, pictures, comments and
// validations are not looked at, and nothing is calculated: of a formula the value that was last shown is taken, and told.
import { type Limits, Unreadable } from './fault.ts';
import { dateText, numberText, type Shown, shownAs } from './numbers.ts';
import { type Attributes, scanXml } from './xml.ts';
import { Zip } from './zip.ts';

export interface Cell {
  /** As a person sees it; exact digits, never rounded to what a narrow format shows. */
  readonly text: string;
  /** `error`: #REF! and the like. `unknown`: a formula that was never calculated. */
  readonly kind: 'text' | 'number' | 'date' | 'error' | 'unknown';
  readonly formula?: string;
}

export interface SheetRow {
  /** As the spreadsheet numbers it, from 1. */
  readonly row: number;
  /** Column from 0 → cell; empty ones are absent. */
  readonly cells: ReadonlyMap<number, Cell>;
  /** Nothing but one cell merged across: a title or a note. */
  readonly title: boolean;
}

export interface Sheet {
  readonly name: string;
  readonly hidden: boolean;
  /** Rows that hold something, in order. */
  readonly rows: readonly SheetRow[];
}

const ROW_MAX = 1_048_576;
const COLUMN_MAX = 16_384;
const MERGES_MAX = 100_000;

export function readSheets(bytes: Buffer, limits: Limits): Sheet[] {
  const zip = new Zip(bytes, limits.bytesMax);
  const book = zip.text('xl/workbook.xml');
  if (book === undefined) throw new Unreadable('not-a-workbook');
  const links = relations(zip.text('xl/_rels/workbook.xml.rels') ?? '');
  const texts = sharedTexts(zip.text(links.ofType('/sharedStrings') ?? 'xl/sharedStrings.xml'));
  const formats = formatsOf(zip.text(links.ofType('/styles') ?? 'xl/styles.xml'));
  const { sheets, from1904 } = workbookOf(book);
  const counter = { left: limits.cellsMax };
  return sheets.flatMap(({ name, hidden, link }) => {
    const path = links.target(link);
    const xml = path === undefined ? undefined : zip.text(path);
    // A sheet of charts has no rows.
    if (xml === undefined || path === undefined || !path.includes('worksheet')) return [];
    return [{ name, hidden, rows: new SheetReader(texts, formats, from1904, counter).read(xml) }];
  });
}

function workbookOf(xml: string): {
  sheets: { name: string; hidden: boolean; link: string }[];
  from1904: boolean;
} {
  const sheets: { name: string; hidden: boolean; link: string }[] = [];
  let from1904 = false;
  scanXml(xml, {
    open: (name, attributes) => {
      if (name === 'workbookPr') from1904 = /^(1|true)$/.test(attributes.get('date1904') ?? '');
      if (name !== 'sheet') return;
      const link = [...attributes].find(([key]) => /(^|:)id$/.test(key) && key !== 'id')?.[1] ?? '';
      sheets.push({ name: attributes.get('name') ?? '', hidden: /hidden/i.test(attributes.get('state') ?? ''), link });
    },
    close: () => {},
    text: () => {},
  });
  return { sheets, from1904 };
}

function relations(xml: string): {
  target: (id: string) => string | undefined;
  ofType: (ending: string) => string | undefined;
} {
  const byId = new Map<string, string>();
  const byType = new Map<string, string>();
  scanXml(xml, {
    open: (name, attributes) => {
      if (name !== 'Relationship' || attributes.get('TargetMode') === 'External') return;
      const target = attributes.get('Target') ?? '';
      const path = target.startsWith('/') ? target.slice(1) : `xl/${target}`;
      byId.set(attributes.get('Id') ?? '', path);
      byType.set(attributes.get('Type') ?? '', path);
    },
    close: () => {},
    text: () => {},
  });
  return {
    target: (id) => byId.get(id),
    ofType: (ending) => [...byType].find(([type]) => type.endsWith(ending))?.[1],
  };
}

/** Rich text is joined; the small letters above Japanese and Chinese ones (phonetic runs) are no part of it. */
function sharedTexts(xml: string | undefined): string[] {
  const texts: string[] = [];
  let [text, inText, aside] = ['', false, false];
  if (xml !== undefined)
    scanXml(xml, {
      open: (name) => {
        if (name === 'si') text = '';
        else if (name === 'rPh') aside = true;
        else if (name === 't') inText = !aside;
      },
      close: (name) => {
        if (name === 'si') texts.push(unhex(text));
        else if (name === 'rPh') aside = false;
        else if (name === 't') inText = false;
      },
      text: (piece) => {
        if (inText) text += piece;
      },
    });
  return texts;
}

/** Characters that XML cannot hold are written `_x0007_`. */
const unhex = (text: string): string =>
  text.includes('_x')
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;

/** How each style of cells shows numbers. */
function formatsOf(xml: string | undefined): Shown[] {
  const codes = new Map<number, string>();
  const styles: number[] = [];
  let inside = false;
  if (xml !== undefined)
    scanXml(xml, {
      open: (name, attributes) => {
        if (name === 'cellXfs') inside = true;
        else if (name === 'numFmt') codes.set(Number(attributes.get('numFmtId')), attributes.get('formatCode') ?? '');
        else if (name === 'xf' && inside) styles.push(Number(attributes.get('numFmtId') ?? 0));
      },
      close: (name) => {
        if (name === 'cellXfs') inside = false;
      },
      text: () => {},
    });
  return styles.map((id) => shownAs(id, codes.get(id)));
}

const PLAIN = { as: 'number', places: undefined } as const;

class SheetReader {
  private readonly texts: readonly string[];
  private readonly formats: readonly Shown[];
  private readonly from1904: boolean;
  private readonly counter: { left: number };
  private readonly rows: { row: number; cells: Map<number, Cell>; title: boolean }[] = [];
  private readonly merges: string[] = [];
  private row = 0;
  private column = -1;
  private attributes: Attributes = new Map();
  private value = '';
  private formula: string | undefined;
  private into: 'value' | 'formula' | undefined;
  private aside = false;

  constructor(texts: readonly string[], formats: readonly Shown[], from1904: boolean, counter: { left: number }) {
    this.texts = texts;
    this.formats = formats;
    this.from1904 = from1904;
    this.counter = counter;
  }

  read(xml: string): SheetRow[] {
    scanXml(xml, {
      open: (name, attributes) => this.open(name, attributes),
      close: (name) => this.close(name),
      text: (text) => {
        if (this.into === 'value') this.value += text;
        else if (this.into === 'formula') this.formula = (this.formula ?? '') + text;
      },
    });
    this.rows.sort((a, b) => a.row - b.row);
    this.fillMerges();
    return this.rows;
  }

  private open(name: string, attributes: Attributes): void {
    if (name === 'row') {
      this.row = Number(attributes.get('r') ?? this.row + 1);
      this.column = -1;
      if (!(this.row >= 1 && this.row <= ROW_MAX)) throw new Unreadable('damaged-workbook');
    } else if (name === 'c') {
      const place = attributes.get('r');
      this.column = place === undefined ? this.column + 1 : columnOf(place);
      this.attributes = attributes;
      this.value = '';
      this.formula = undefined;
    } else if (name === 'v' || (name === 't' && !this.aside)) this.into = 'value';
    else if (name === 'f') {
      this.into = 'formula';
      // A shared formula stands in one cell; the others only point to it.
      this.formula = '';
    } else if (name === 'rPh') this.aside = true;
    else if (name === 'mergeCell' && this.merges.length < MERGES_MAX) this.merges.push(attributes.get('ref') ?? '');
  }

  private close(name: string): void {
    if (name === 'v' || name === 't' || name === 'f') this.into = undefined;
    else if (name === 'rPh') this.aside = false;
    else if (name === 'c') this.take();
  }

  private take(): void {
    const cell = this.cell();
    if (!cell) return;
    this.counter.left -= 1;
    if (this.counter.left < 0) throw new Unreadable('workbook-too-large');
    let last = this.rows.at(-1);
    if (last?.row !== this.row) {
      last = { row: this.row, cells: new Map(), title: false };
      this.rows.push(last);
    }
    last.cells.set(this.column, this.formula === undefined ? cell : { ...cell, formula: this.formula });
  }

  private cell(): Cell | undefined {
    const type = this.attributes.get('t') ?? 'n';
    const { value } = this;
    if (value === '') return this.formula === undefined || type === 'str' ? undefined : { text: '', kind: 'unknown' };
    if (type === 's') {
      const text = this.texts[Number(value)];
      if (text === undefined) throw new Unreadable('damaged-workbook');
      return text === '' ? undefined : { text, kind: 'text' };
    }
    if (type === 'str' || type === 'inlineStr') return { text: unhex(value), kind: 'text' };
    if (type === 'b') return { text: value === '0' ? 'no' : 'yes', kind: 'text' };
    if (type === 'e') return { text: value, kind: 'error' };
    if (type === 'd') return { text: value.replace('T', ' ').replace(/Z$|\.0+$/, ''), kind: 'date' };
    const shown = this.formats[Number(this.attributes.get('s') ?? 0)] ?? PLAIN;
    const number = Number(value);
    if (Number.isNaN(number)) throw new Unreadable('damaged-workbook');
    const date = shown.as === 'date' ? dateText(number, shown, this.from1904) : undefined;
    if (date !== undefined) return { text: date, kind: 'date' };
    const text = numberText(number, shown.as === 'date' ? PLAIN : shown);
    return text === undefined ? { text: value, kind: 'error' } : { text, kind: 'number' };
  }

  /**
   * A cell merged downwards stands for all its rows (a day over its three shifts). One merged across is a title, when nothing
   * stands beside it.
   */
  private fillMerges(): void {
    const byRow = new Map(this.rows.map((row) => [row.row, row]));
    let left = ROW_MAX;
    for (const ref of this.merges) {
      const [, a = '', from = '', b = '', to = ''] = /^([A-Z]+)(\d+):([A-Z]+)(\d+)$/.exec(ref) ?? [];
      if (a === '') continue;
      const first = byRow.get(Number(from));
      const column = columnOf(a);
      const head = first?.cells.get(column);
      if (!first || !head) continue;
      if (a !== b) {
        first.title = first.cells.size === 1;
        continue;
      }
      // A row that holds nothing else stays empty.
      for (let row = Number(from) + 1; row <= Number(to) && left > 0; row += 1) {
        const cells = byRow.get(row)?.cells;
        if (cells && !cells.has(column)) cells.set(column, head);
        left -= 1;
      }
    }
  }
}

/** Column from 0 of `AB12`. */
export function columnOf(place: string): number {
  let column = 0;
  for (const c of place) {
    const code = c.charCodeAt(0) - 64;
    if (code < 1 || code > 26) break;
    column = column * 26 + code;
  }
  if (column < 1 || column > COLUMN_MAX) throw new Unreadable('damaged-workbook');
  return column - 1;
}

/** `AB` of column 27. */
export function letterOf(column: number): string {
  let letters = '';
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26))
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  return letters;
}
