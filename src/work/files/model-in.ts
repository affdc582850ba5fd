// Prices, budgets and figures of standards that came back in a file: a new version of the model, in which nothing but these rows
// and figures differs from the version in force.
import { decode } from '../../connect/encoding.ts';
import { figureKey, type Part, standardFigures, withFigures } from '../../connect/standard-figures.ts';
import { items, type TableRow } from '../../connect/templates.ts';
import {
  formatDay,
  monthOf,
  nearest,
  type Problem,
  Problems,
  readDecimal,
  readTable,
  splitCells,
  TABLES,
} from '../../plant.ts';
import { modelFiles } from '../../store/plants.ts';
import { isModelFile, parseModel, tableText } from '../plants.ts';
import { teachModel } from '../teach.ts';
import { type Bringing, type Judgement, oneLine, refuseTwice, type Taken } from './intake.ts';

type Files = ReadonlyMap<string, Uint8Array>;
type ModelTable = 'prices.csv' | 'budgets.csv';

/** The model would not stand with these rows, though each is right by itself. */
export class ModelRefused extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('the model does not stand with these rows');
    this.problems = problems;
  }
}

const KEYS: Readonly<Record<ModelTable, readonly string[]>> = {
  'prices.csv': ['item', 'kind', 'from', 'recorded_at'],
  'budgets.csv': ['unit', 'stream', 'month'],
};
const COLUMNS: Readonly<Record<ModelTable, readonly string[]>> = {
  'prices.csv': ['item', 'kind', 'from', 'to', 'price', 'unit', 'recorded_at'],
  'budgets.csv': ['unit', 'stream', 'month', 'amount', 'planned_hours'],
};
const DECIMALS = new Set(['price', 'amount', 'planned_hours']);

export async function bringModelTable(
  kind: ModelTable,
  bringing: Bringing,
  rows: readonly TableRow[],
  judgement: Judgement,
): Promise<Taken> {
  const { plant } = bringing;
  const keyOf = (cells: Readonly<Record<string, string | undefined>>): string =>
    JSON.stringify(KEYS[kind].map((key) => cells[key] ?? ''));
  if (kind === 'prices.csv') refuseUnknownItems(bringing, rows, judgement);
  const base = await baseOf(bringing);
  const good = rows.filter((row) => judgement.stands(row));
  const cellsOf = ({ cells }: TableRow): Record<string, string> =>
    Object.fromEntries(COLUMNS[kind].flatMap((key) => (cells[key] === undefined ? [] : [[key, oneLine(cells[key])]])));
  // Judged alone, so that each problem has its row; what the model lacks without its other rows is no problem of these.
  const alone = parseModel(new Map([...base, [kind, Buffer.from(tableText(kind, good.map(cellsOf)))]]), '');
  for (const problem of alone.problems) {
    const row = problem.file === kind && problem.severity === 'error' ? good[problem.line - 2] : undefined;
    if (row) judgement.tell(row, problem);
  }
  // Only among rows that are right by themselves: a wrong one shuts out none.
  refuseTwice(judgement, rows, ({ cells }) => keyOf(cells), KEYS[kind][0]!);
  const standing = good.filter((row) => judgement.stands(row));
  const table = new TableLines(kind, base.get(kind));
  const before = new Map(table.rows.map((row) => [keyOf(row.cells), row]));
  const changed: Record<string, string>[] = [];
  for (const row of standing) {
    const cells = cellsOf(row);
    const old = before.get(keyOf(cells));
    if (old && sameCells(kind, cells, old.cells)) continue;
    changed.push(cells);
    table.put(old?.line, cells);
  }
  const first = (cells: Record<string, string>): string => {
    const month = kind === 'budgets.csv' ? monthOf(cells.month ?? '', plant.monthStartsOn) : undefined;
    return month ? formatDay(month.first) : (cells.from ?? '');
  };
  const fromDay = bringing.fromDay ?? changed.map(first).sort()[0];
  return save(bringing, new Map([...base, [kind, Buffer.from(table.text)]]), changed.length, standing.length, fromDay);
}

/** A price of what nobody prices would be kept and never used. */
function refuseUnknownItems({ plant }: Bringing, rows: readonly TableRow[], judgement: Judgement): void {
  const known = items(plant).map(({ value }) => value);
  for (const row of rows) {
    const found = row.cells.item ?? '';
    if (found === '' || known.includes(found) || !judgement.stands(row)) continue;
    const args = { column: 'item', kind: 'item', found, nearest: nearest(found, known) ?? '' };
    judgement.tell(row, { code: 'unknown-reference', severity: 'error', file: '', line: 0, column: 0, args });
  }
}

const sameCells = (
  kind: ModelTable,
  a: Record<string, string>,
  b: Readonly<Record<string, string | undefined>>,
): boolean =>
  COLUMNS[kind].every((key) =>
    DECIMALS.has(key) ? sameNumber(a[key] ?? '', b[key] ?? '') : (a[key] ?? '') === (b[key] ?? ''),
  );

function sameNumber(a: string, b: string): boolean {
  const [x, y] = [readDecimal(a), readDecimal(b)];
  return x === undefined || y === undefined ? a === b : x.n === y.n && x.d === y.d;
}

/** A table of the model as lines: rows are put in place of others or at the end, all other lines stay as they are. */
class TableLines {
  readonly rows: readonly { readonly cells: Readonly<Record<string, string | undefined>>; readonly line: number }[];
  private readonly lines: string[];
  private readonly header: string[];
  private readonly end: string;
  private readonly first: number;

  constructor(kind: ModelTable, bytes: Uint8Array | undefined) {
    const decoded = bytes === undefined ? undefined : decode(bytes);
    let text = decoded?.ok ? decoded.text : '';
    const { required, optional } = TABLES[kind]!;
    if (text.trim() === '') text = `${COLUMNS[kind].filter((one) => required.includes(one)).join(',')}\n`;
    let rows = readTable(kind, text, TABLES[kind]!, new Problems());
    // A quoted cell that runs over lines is rare enough for the table to be written anew.
    if (/"[^",]*\n/.test(text)) {
      text = tableText(
        kind,
        rows.map(({ cells }) => cells as Record<string, string>),
      );
      rows = readTable(kind, text, { required, optional }, new Problems());
    }
    this.end = text.includes('\r\n') ? '\r\n' : '\n';
    this.lines = text.replace(/(\r\n|\n|\r)$/, '').split(/\r\n|\n|\r/);
    this.first = Math.max(
      0,
      this.lines.findIndex((line) => line.trim() !== ''),
    );
    this.header = (splitCells(this.lines[this.first] ?? '') ?? []).map((one) =>
      one
        .trim()
        .toLowerCase()
        .replace(/[\s-]+/g, '_'),
    );
    this.rows = rows.map(({ cells, place }) => ({ cells, line: place.line - 1 }));
  }

  put(line: number | undefined, cells: Readonly<Record<string, string>>): void {
    for (const column of Object.keys(cells))
      if (!this.header.includes(column)) {
        this.header.push(column);
        for (const [i, text] of this.lines.entries())
          if (i >= this.first && text.trim() !== '') this.lines[i] = `${text},${i === this.first ? column : ''}`;
      }
    const cell = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const written = this.header.map((column) => cell(cells[column] ?? '')).join(',');
    if (line === undefined) this.lines.push(written);
    else this.lines[line] = written;
  }

  get text(): string {
    return this.lines.join(this.end) + this.end;
  }
}

// ── standards ──────────────────────────────────────────────────────────────────────────────────────────────────────

export async function bringStandards(
  bringing: Bringing,
  rows: readonly TableRow[],
  judgement: Judgement,
): Promise<Taken> {
  const base = await baseOf(bringing);
  const figures = Map.groupBy(standardFigures(base), figureKey);
  const keyOf = ({ cells }: TableRow): string => {
    const { unit = '', stream = '', from = '', driver = '', part = '', argument = '' } = cells;
    return figureKey({ unit, stream, from, driver, part: part as Part, argument });
  };
  refuseTwice(judgement, rows, keyOf, 'value');
  const values = new Map<string, string>();
  let same = 0;
  for (const row of rows) {
    if (!judgement.stands(row)) continue;
    const [figure, another] = figures.get(keyOf(row)) ?? [];
    const value = row.cells.value ?? '';
    if (!figure) judgement.refuse(row, 'part', 'no-such-figure');
    else if (another) judgement.refuse(row, 'part', 'figure-twice');
    else if (!readDecimal(value) || !/^[+-]?[\d.]+$/.test(value))
      judgement.tell(row, {
        code: 'bad-decimal',
        severity: 'error',
        file: '',
        line: 0,
        column: 0,
        args: { found: value, column: 'value' },
      });
    else if (sameNumber(value, figure.value)) same += 1;
    else values.set(figureKey(figure), value);
  }
  if (values.size > 0 && bringing.fromDay === undefined && !bringing.dryRun) {
    judgement.whole('from-day-needed');
    return { taken: 0, same };
  }
  return save(bringing, withFigures(base, values), values.size, same + values.size, bringing.fromDay);
}

// ── both ───────────────────────────────────────────────────────────────────────────────────────────────────────────

async function baseOf({ teacher, tx }: Bringing): Promise<Map<string, Uint8Array>> {
  const { plants } = teacher;
  const version = plants.newest?.version;
  if (version === undefined) throw new Error('a plant without a model takes no tables of it');
  const files = await modelFiles(tx, plants.plantId, version);
  return new Map([...files].filter(([name]) => isModelFile(name)));
}

/** Saves the files as a version; they are read again first, and nothing is kept when they do not stand. */
async function save(
  bringing: Bringing,
  files: Files,
  changed: number,
  rows: number,
  fromDay: string | undefined,
): Promise<Taken> {
  const { teacher, tx, plant, by, file, dryRun } = bringing;
  const taken = { taken: changed, same: rows - changed, ...(fromDay === undefined ? {} : { fromDay }) };
  if (changed === 0) return { taken: 0, same: rows };
  const read = parseModel(files, '');
  if (!read.plant) throw new ModelRefused(read.problems);
  if (dryRun || fromDay === undefined) return taken;
  const base = teacher.plants.newest?.version;
  const saved = await teachModel(
    teacher,
    tx,
    { files, fromDay, base, note: file.name },
    { author: by, source: file.name },
    plant.id,
  );
  if (saved.ok) return { ...taken, learnt: saved.learnt, version: saved.version };
  throw saved.code === 'problems' ? new ModelRefused(saved.problems) : new StaleModel();
}

/** Somebody saved another version meanwhile. */
export class StaleModel extends Error {}
