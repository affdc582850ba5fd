// The answer to a file: each problem as sentences with its place, and the refused rows as a workbook that can be mended and sent
// again. It judges nothing.

import { LIST_SHEET, type Table } from '../connect/templates.ts';
import { writeWorkbook } from '../connect/workbook.ts';
import { explainProblem, fill, type Language, WORDS } from '../words/say.ts';
import type { RowProblem } from '../work/files.ts';
import type { Told } from './contract/files.ts';

export function toldProblem(problem: RowProblem, language: Language): Told {
  const words = WORDS[language];
  const heading = problem.heading[language];
  const args = { ...problem.args, heading, headings: problem.args[language] ?? '' };
  const said = (saying: readonly [string, string]) => ({
    happened: fill(saying[0], args, words),
    cure: fill(saying[1], args, words),
  });
  const { sheet, row, column, severity, code } = problem;
  const sentences =
    problem.of === 'table'
      ? said(words.files.cell[problem.code])
      : problem.of === 'person'
        ? said(words.http.person[problem.code])
        : explainProblem(
            {
              code: problem.code,
              severity: severity === 'error' ? 'error' : 'warning',
              file: sheet,
              line: row,
              column: 1,
              args: { ...problem.args, path: '', key: heading },
            },
            language,
          );
  return { sheet, row, column, heading, severity, code, ...sentences };
}

/** Every refused row as it was, under its own headings, with its number, why, and what to do. */
export function reportOf(table: Table, problems: readonly Told[], language: Language): Promise<Buffer> {
  const words = WORDS[language].files.report;
  const errors = Map.groupBy(
    problems.filter(({ severity }) => severity === 'error'),
    ({ sheet, row }) => `${sheet} ${row}`,
  );
  const colon = language === 'zh' ? '：' : ': ';
  const lines = (some: readonly Told[], of: (one: Told) => string): string => some.map(of).join('\n');
  const why = (some: readonly Told[]): [string, string] => [
    lines(some, ({ column, row, happened }) => (column === '' ? happened : `${column}${row}${colon}${happened}`)),
    lines(some, ({ cure }) => cure),
  ];
  const sheets = table.sheets.flatMap(({ name, headings, rows }) => {
    const refused = [...rows].flatMap(([row, texts]) => {
      const some = errors.get(`${name} ${row}`);
      return some ? [[...texts, String(row), ...why(some)]] : [];
    });
    if (refused.length === 0) return [];
    const own = headings.map((heading) => ({
      heading,
      width: Math.max(12, Math.min(24, heading.length * 2 + 2)),
      form: 'text' as const,
    }));
    const more = [words.row, words.reason, words.cure].map((heading, i) => ({
      heading,
      width: i === 0 ? 10 : 44,
      form: 'text' as const,
      required: true,
    }));
    return [{ name: name === '' ? words.refused : name, columns: [...own, ...more], rows: refused, wrapped: true }];
  });
  const whole =
    errors.size === 0
      ? [[words.nothing, '']]
      : [...errors].filter(([key]) => / 0$/.test(key)).map(([, some]) => why(some));
  return writeWorkbook({
    sheets:
      sheets.length > 0
        ? sheets
        : [
            {
              name: words.refused,
              columns: [words.reason, words.cure].map((heading) => ({ heading, width: 60, form: 'text' as const })),
              rows: whole,
              wrapped: true,
            },
          ],
    listSheet: LIST_SHEET[language],
    refusalTitle: '',
    language,
  });
}
