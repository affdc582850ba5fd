// Tables that go out to be filled in and come back whole: readings, samples, prices, standards, budgets, attendance, people, past
// results; as .xlsx with lists to choose from and a sheet that explains, or as CSV. What the rows mean is decided elsewhere.
import type { Name, Plant } from '../plant.ts';
import { type Cells, type Column, type Kind, labelOf, TEMPLATES } from './templates/columns.ts';
import { choiceShown, GUIDE_SHEET, LIST_SHEET, readRows, type Table } from './templates/rows.ts';
import { type ColumnSpec, csvText, type Form, readWorkbook, type WorkbookFault, writeWorkbook } from './workbook.ts';

export { items } from './templates/column.ts';
export {
  ATTENDANCE_KINDS,
  type Cells,
  KINDS,
  type Kind,
  labelOf,
  readablePoints,
  TEMPLATES,
} from './templates/columns.ts';
export {
  choiceMeant,
  LIST_SHEET,
  nearestChoice,
  type Place,
  type Table,
  type TableFault,
  type TableProblem,
  type TableRow,
} from './templates/rows.ts';

export type Language = 'zh' | 'en';
export type FileFormat = 'xlsx' | 'csv';

export type TableReading =
  | ({ readonly ok: true; readonly format: FileFormat } & Table)
  | { readonly ok: false; readonly fault: WorkbookFault; readonly args: Readonly<Record<string, string>> };

/** Reads what came back, told apart by its bytes, under headings of either language. */
export function readTemplate(kind: Kind, bytes: Uint8Array, plant: Plant): TableReading {
  const read = readWorkbook(bytes);
  return read.ok ? { ok: true, format: read.format, ...readRows(kind, read.sheets, plant) } : read;
}

/** Rows to be filled in further; enough for a shift's or a month's work. */
const SPARE = 200;

const REFUSED: Name = { zh: '填写不对', en: 'Not accepted' };
const CHOOSE: Name = { zh: '请从列表中选。', en: 'Please choose from the list.' };
const NUMBER: Name = { zh: '请填数字。', en: 'Please put a number.' };
const DATE: Name = {
  zh: '请填日期或时间，如 2022-03-01 08:00。',
  en: 'Please put a date or time, such as 2022-03-01 08:00.',
};

/** The table of a kind with rows by the ids of its columns; none: an empty one to be filled in. */
export function templateOf(
  kind: Kind,
  plant: Plant,
  rows: readonly Cells[],
  language: Language,
  format: FileFormat,
): Promise<Buffer> {
  const { name, columns } = TEMPLATES[kind];
  const shown = shownBy(plant, language);
  const texts = rows.map((row) => columns.map((column) => shown(column, row)));
  if (format === 'csv')
    return Promise.resolve(Buffer.from(csvText([columns.map((column) => column.name[language]), ...texts])));
  return writeWorkbook({
    sheets: [
      {
        name: name[language],
        columns: columns.map((column) => specOf(column, plant, language)),
        rows: texts,
        spare: SPARE,
      },
      guideOf(kind, language),
    ],
    listSheet: LIST_SHEET[language],
    refusalTitle: REFUSED[language],
    language,
  });
}

/** Points of a unit side by side, a row an instant: the form of a log sheet. Values by point. */
export function wideTemplate(
  plant: Plant,
  points: readonly string[],
  rows: readonly { readonly time: string; readonly values: Cells }[],
  language: Language,
  format: FileFormat,
): Promise<Buffer> {
  const time = TEMPLATES.readings.columns.find(({ id }) => id === 'time')!;
  const headings = points.map((id) => {
    const label = labelOf(plant, id, language);
    return format === 'csv' || label === '' ? id : `${id} ${label}`;
  });
  const texts = rows.map((row) => [row.time, ...points.map((id) => row.values[id] ?? '')]);
  if (format === 'csv') return Promise.resolve(Buffer.from(csvText([[time.name[language], ...headings], ...texts])));
  const wide = headings.map(
    (heading): ColumnSpec => ({ heading, width: 18, form: 'decimal', required: true, refusal: NUMBER[language] }),
  );
  return writeWorkbook({
    sheets: [
      {
        name: TEMPLATES.readings.name[language],
        columns: [specOf(time, plant, language), ...wide],
        rows: texts,
        spare: SPARE,
      },
      guideOf('readings', language),
    ],
    listSheet: LIST_SHEET[language],
    refusalTitle: REFUSED[language],
    language,
  });
}

/** What stands in a cell of a row; what a choice is called is looked up once. */
function shownBy(plant: Plant, language: Language): (column: Column, row: Cells) => string {
  const known = new Map<string, string>();
  return (column, row) => {
    const text = row[column.id === 'label' ? 'point' : column.id] ?? '';
    if (text === '' || (column.id !== 'label' && !column.choices)) return text;
    const key = `${column.id} ${row.unit ?? ''} ${text}`;
    const said =
      known.get(key) ??
      (column.choices ? choiceShown(column.choices(plant, row), text, language) : labelOf(plant, text, language));
    known.set(key, said);
    return said;
  };
}

function specOf(column: Column, plant: Plant, language: Language): ColumnSpec {
  const { form, note, required, readOnly } = column;
  const written: Form = form === 'month' ? 'text' : form;
  const choices = column.choices && listOf(column, plant, language);
  const refusal =
    choices && choices.length > 0
      ? CHOOSE
      : form === 'decimal'
        ? NUMBER
        : form === 'day' || form === 'instant'
          ? DATE
          : undefined;
  return {
    heading: column.name[language],
    width: column.width,
    form: written,
    ...(required ? { required } : {}),
    ...(note[language] === '' ? {} : { prompt: note[language] }),
    ...(choices ? { choices } : {}),
    ...(refusal ? { refusal: refusal[language] } : {}),
    ...(readOnly ? { readOnly } : {}),
  };
}

/** Every choice of every unit once, as each is called within its own. */
function listOf(column: Column, plant: Plant, language: Language): string[] {
  const rows: Cells[] =
    column.id === 'stream' || column.id === 'driver' ? [...plant.units.keys()].map((unit) => ({ unit })) : [{}];
  return [
    ...new Set(
      rows.flatMap((row) => {
        const choices = column.choices?.(plant, row) ?? [];
        return choices.map(({ value }) => choiceShown(choices, value, language));
      }),
    ),
  ];
}

const GUIDE: readonly (readonly [Name, number])[] = [
  [{ zh: '列', en: 'column' }, 18],
  [{ zh: '必填', en: 'needed' }, 10],
  [{ zh: '填什么', en: 'what belongs there' }, 80],
];
const YES: Name = { zh: '是', en: 'yes' };
const HOW: readonly Name[] = [
  {
    zh: '不能接受的行逐行说明原因和改法，其余的照收；改好后整个文件再导入一次即可，已收下的不会重复。',
    en: 'Rows that cannot be accepted are told one by one with the cure, the others are taken; mend them and send the whole file again, nothing is taken twice.',
  },
  {
    zh: '可以加标题行、空行，列的次序可以变，列名中英文都认。公式取最后一次算出的值，宏和外部链接不理会。',
    en: 'Titles, blank rows and another order of columns do no harm, headings are read in both languages. Of a formula the value last shown is taken; macros and links to other files are ignored.',
  },
];

function guideOf(kind: Kind, language: Language) {
  const { columns, about } = TEMPLATES[kind];
  const explained = columns.map(({ name, required, note }) => [
    name[language],
    required ? YES[language] : '',
    note[language],
  ]);
  return {
    name: GUIDE_SHEET[language],
    columns: GUIDE.map(([heading, width]): ColumnSpec => ({ heading: heading[language], width, form: 'text' })),
    rows: [...explained, ['', '', ''], ...[...about, ...HOW].map((one) => ['', '', one[language]])],
    wrapped: true,
  };
}
