// Tables go out and come back whole, whatever stands in them; and are read as people really hand them in.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Plant, readPlant } from '../plant.ts';
import { type Cells, KINDS, type Kind, readTemplate, TEMPLATES, templateOf, wideTemplate } from './templates.ts';
import { csvText, readWorkbook, writeWorkbook } from './workbook.ts';

const home = join(import.meta.dirname, '..', '..');
const plantOf = (name: string): Plant => {
  const files = new Map(
    ['plant.yaml', 'prices.csv'].map((file) => [file, readFileSync(join(home, 'examples', name, file), 'utf8')]),
  );
  const { plant, problems } = readPlant(files);
  if (!plant) throw new Error(JSON.stringify(problems));
  return plant;
};
const PLANT = plantOf('worked');

const read = (kind: Kind, bytes: Uint8Array, plant = PLANT) => {
  const table = readTemplate(kind, bytes, plant);
  if (!table.ok) throw new Error(table.fault);
  return table;
};
const rowsOf = (kind: Kind, rows: readonly (readonly string[])[]) => read(kind, Buffer.from(csvText(rows)));
const told = ({ problems }: ReturnType<typeof read>) =>
  problems.map(({ row, column, code }) => `${row}${column} ${code}`);

/** Any row of a kind: choices by what the system knows, everything else as people might type it. */
function anyRow(kind: Kind, plant: Plant): fc.Arbitrary<Cells> {
  const entries = TEMPLATES[kind].columns
    .filter(({ readOnly }) => !readOnly)
    .map((column): [string, fc.Arbitrary<string | undefined>] => {
      const choices = (column.choices?.(plant, {}) ?? []).map(({ value }) => value);
      const any = choices.length > 0 ? fc.constantFrom(...choices) : anyText(column.form);
      return [column.id, column.required ? any : fc.option(any, { nil: undefined })];
    });
  return fc
    .record(Object.fromEntries(entries))
    .map((row) => Object.fromEntries(Object.entries(row).filter(([, text]) => text !== undefined)) as Cells);
}

const twoDigits = (n: number): string => String(n).padStart(2, '0');
const day = fc
  .tuple(fc.integer({ min: 1990, max: 2100 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
  .map(([y, m, d]) => `${y}-${twoDigits(m)}-${twoDigits(d)}`);
function anyText(form: string): fc.Arbitrary<string> {
  if (form === 'day') return day;
  if (form === 'month') return day.map((text) => text.slice(0, 7));
  if (form === 'instant')
    return fc
      .tuple(day, fc.nat(23), fc.nat(59), fc.nat(59))
      .map(([d, h, m, s]) => `${d} ${twoDigits(h)}:${twoDigits(m)}${s % 2 === 0 ? '' : `:${twoDigits(s)}`}`);
  if (form === 'decimal')
    return fc
      .tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.nat(6))
      .map(([n, places]) => (n / 10 ** places).toFixed(places))
      .filter((text) => !/^-0(\.0*)?$/.test(text));
  return fc.oneof(
    fc.constantFrom('007', '=1+1', '-', '1e5', 'a,"b"', '0.30', 'TRUE', '2022-03-01'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).map((text) => text.replaceAll('\0', '').trim() || 'x'),
  );
}

describe.each(KINDS)('%s', (kind) => {
  for (const format of ['xlsx', 'csv'] as const)
    for (const language of ['zh', 'en'] as const)
      test(`any rows come back from ${format} in ${language} as they were`, async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(anyRow(kind, PLANT), { minLength: 1, maxLength: 4 }), async (rows) => {
            const table = read(kind, await templateOf(kind, PLANT, rows, language, format));
            expect(table.problems).toEqual([]);
            expect(table.rows.map(({ cells }) => cells)).toEqual(rows);
          }),
          { numRuns: format === 'xlsx' ? 6 : 40 },
        );
      }, 60_000);

  test('headings and notes are there in both languages, and no two columns are called alike', () => {
    const { columns, about } = TEMPLATES[kind];
    for (const language of ['zh', 'en'] as const) {
      const names = columns.map(({ name }) => name[language]);
      expect(new Set(names).size).toBe(names.length);
      expect([...names, ...about.map((one) => one[language])].every((text) => text.length > 0)).toBe(true);
    }
    const aliases = columns.flatMap(({ id, name, also = [] }) => [...new Set([id, name.zh, name.en, ...also])]);
    expect(aliases.filter((one, i) => aliases.indexOf(one) !== i)).toEqual([]);
  });
});

test('a workbook that LibreOffice saved reads as the one it was made from', () => {
  const { rows, problems } = read(
    'samples',
    readFileSync(join(home, 'test', 'workbooks', 'saved-by-libreoffice.xlsx')),
  );
  expect(problems).toEqual([]);
  expect(rows.map(({ cells }) => cells)).toEqual([
    { id: '007', point: 'LAB-31', time: '2022-03-01 08:30', value: '1.295', kind: 'routine' },
  ]);
});

describe('tables as people hand them in', () => {
  test('titles, blank rows, another order, spaces and units in headings, headings repeated on every page', () => {
    const table = rowsOf('readings', [
      ['蒸发三组抄表记录'],
      ['班组：', '甲班'],
      ['数 值（t）', ' 抄表时间 ', '位号*', '抄表人'],
      ['84265.6', '2022-03-01 08:00', 'FQ-3101', '张'],
      ['数 值（t）', '抄表时间', '位号*', '抄表人'],
      ['８４３４５．６', '2022年3月1日 16时', 'fq-3101', '李'],
    ]);
    expect(table.rows.map(({ row, cells }) => [row, cells])).toEqual([
      [4, { value: '84265.6', time: '2022-03-01 08:00', point: 'FQ-3101' }],
      [6, { value: '84345.6', time: '2022年3月1日 16时', point: 'FQ-3101' }],
    ]);
    expect(told(table)).toEqual(['3D unknown-heading']);
  });

  test('a wide sheet: points by tag, name or both; a day with a time of day, or with a shift', () => {
    const clock = rowsOf('readings', [
      ['日期', '时间', 'FQ-3101 蒸水流量 (t)', '蒸汽流量(t)', '备注'],
      ['2022/3/1', '8:00', '1', '2', '清罐'],
      ['2022/3/1', '2022-03-01 12:00', '3', '/', ''],
    ]);
    expect(clock.rows.map(({ cells: { point, time, value } }) => [point, time, value])).toEqual([
      ['FQ-3101', '2022-03-01 8:00', '1'],
      ['FQ-3001', '2022-03-01 8:00', '2'],
      ['FQ-3101', '2022-03-01 12:00', '3'],
    ]);
    expect(clock.rows[1]!.places.value).toMatchObject({ row: 2, column: 'D', heading: { zh: '蒸汽流量(t)' } });
    const shifts = rowsOf('readings', [
      ['核算日', '班次', 'FQ-3101'],
      ['2022-03-01', '白班', '1'],
      ['2022-03-01', '中', '2'],
      ['2022-03-01', '', '3'],
    ]);
    expect(shifts.rows.map(({ cells }) => cells.time)).toEqual([
      '2022-03-01T08:00:00.000Z',
      '2022-03-01T16:00:00.000Z',
    ]);
    expect(told(shifts)).toEqual(['4A empty-cell']);
  });

  test('every visible sheet with the headings is read; the guide, the lists and hidden ones are not', async () => {
    const one = (name: string, value: string) => ({
      name,
      columns: ['测点', '时间', '数值'].map((heading) => ({ heading, width: 10, form: 'text' as const })),
      rows: [['FQ-3101', '2022-03-01', value]],
    });
    const bytes = await writeWorkbook({
      sheets: [
        one('一月', '1'),
        { ...one('说明', '2') },
        one('二月', '3'),
        { name: '封面', columns: [{ heading: '三月', width: 9, form: 'text' }], rows: [] },
      ],
      listSheet: '选项',
      refusalTitle: '',
      language: 'zh',
    });
    expect(read('readings', bytes).rows.map(({ sheet, cells }) => [sheet, cells.value])).toEqual([
      ['一月', '1'],
      ['二月', '3'],
    ]);
  });

  test('what lacks a heading, a row or a cell is told where it lacks', () => {
    expect(
      told(
        rowsOf('readings', [
          ['测点', '时间'],
          ['FQ-3101', '2022-03-01'],
        ]),
      ),
    ).toEqual(['0 missing-heading']);
    expect(
      rowsOf('prices', [
        ['甲', '乙'],
        ['1', '2'],
      ]).problems[0],
    ).toMatchObject({ code: 'no-heading', args: { zh: '项目、种类、起始日、单价' } });
    expect(told(rowsOf('readings', [['测点', '时间', '数值']]))).toEqual(['0 no-rows']);
    expect(
      told(
        rowsOf('readings', [
          ['测点', '时间', '数值'],
          ['FQ-3101', '', '1'],
        ]),
      ),
    ).toEqual(['2B empty-cell']);
  });

  test('a name means what only one thing is called; within a unit, of its streams', () => {
    const rows = [
      ['工序', '核算项目', '月份', '预算数'],
      ['蒸发三组', '蒸水量', '2022-03-01', '1'],
      ['Evaporation group 3', 'Consumables', '2022年3月', '2'],
      ['蒸发四组', '蒸水量', '三月', '3'],
    ];
    expect(rowsOf('budgets', rows).rows.map(({ cells }) => [cells.unit, cells.stream, cells.month])).toEqual([
      ['evaporation-3', 'water', '2022-03'],
      ['evaporation-3', 'consumables', '2022-03'],
      ['蒸发四组', '蒸水量', '三月'],
    ]);
  });

  test('the wide template is read by its own headings', async () => {
    const rows = [{ time: '2022-03-01 08:00', values: { 'FQ-3101': '84265.600', 'LT-301': '1.20' } }];
    for (const format of ['xlsx', 'csv'] as const) {
      const table = read('readings', await wideTemplate(PLANT, ['FQ-3101', 'JQ-3001', 'LT-301'], rows, 'zh', format));
      expect(table.rows.map(({ cells }) => cells)).toEqual([
        { point: 'FQ-3101', time: '2022-03-01 08:00', value: '84265.600' },
        { point: 'LT-301', time: '2022-03-01 08:00', value: '1.20' },
      ]);
    }
  });
});

test('lists to choose from stand in a hidden sheet, and the guide beside the table', async () => {
  const book = readWorkbook(await templateOf('prices', PLANT, [], 'zh', 'xlsx'));
  if (!book.ok) throw new Error(book.fault);
  expect(book.sheets.map(({ name, hidden }) => [name, hidden])).toEqual([
    ['价格', false],
    ['说明', false],
    ['选项', true],
  ]);
  const lists = book.sheets[2]!.rows.map(({ cells }) => [...cells.values()].map(({ text }) => text));
  expect(lists[0]).toEqual(['蒸水量', '计划价']);
});
