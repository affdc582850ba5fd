// What taking a file in needs and gives: rows judged one by one, each problem with its place. A row with a problem is left out and
// never holds up the others.
import type { Place, TableProblem, TableRow } from '../../connect/templates.ts';
import type { Name, Plant, Problem, ProblemCode } from '../../plant.ts';
import type { Transaction } from '../../store/database.ts';
import type { CellFault } from '../../words/files.ts';
import type { PersonFault } from '../../words/http.ts';
import type { Teacher } from '../teach.ts';

/** Where a problem came from decides which words say it. */
export type RowProblem = Place & {
  readonly severity: 'error' | 'notice';
  readonly args: Readonly<Record<string, string>>;
} & (
    | { readonly of: 'table'; readonly code: CellFault }
    | { readonly of: 'plant'; readonly code: ProblemCode }
    | { readonly of: 'person'; readonly code: PersonFault }
  );

/** Who brings a file, and what of it they may bring. */
export interface Bringing {
  readonly teacher: Teacher;
  readonly tx: Transaction;
  readonly plant: Plant;
  readonly by: number | undefined;
  readonly file: { readonly name: string; readonly hash: string };
  /** Judges everything and writes nothing. */
  readonly dryRun: boolean;
  /** Of prices, standards and budgets: the first day of the new version. */
  readonly fromDay: string | undefined;
  readonly mayPoint: (point: string) => boolean;
  readonly mayTeam: (team: string) => boolean;
}

export interface Taken {
  /** Rows (of a wide table: readings) that are new or change something. */
  readonly taken: number;
  /** Rows that say what stands already. */
  readonly same: number;
  readonly learnt?: number | undefined;
  /** The version of the model that was made, and its first day. */
  readonly version?: number | undefined;
  readonly fromDay?: string | undefined;
}

export interface Intake extends Taken {
  readonly problems: readonly RowProblem[];
  /** Rows of sheets with an error, as `sheet row`. */
  readonly refused: ReadonlySet<string>;
}

export const NO_NAME: Name = { zh: '', en: '' };

/** Problems as they gather, and which rows they leave standing. */
export class Judgement {
  readonly problems: RowProblem[] = [];
  private readonly failed = new Set<TableRow>();

  constructor(found: readonly TableProblem[]) {
    for (const one of found) this.problems.push({ ...one, of: 'table' });
  }

  /** Refuses a row for one of its cells. */
  refuse(row: TableRow, column: string, code: CellFault, args: Readonly<Record<string, string>> = {}): undefined {
    this.failed.add(row);
    this.problems.push({ ...placeOf(row, column), of: 'table', code, severity: 'error', args });
  }

  /** What the plant's reader said of a row; its warnings are told and hold up nothing. */
  tell(row: TableRow, { code, severity, args }: Problem, column = args.column ?? args.key ?? ''): undefined {
    if (severity === 'error') this.failed.add(row);
    const told = severity === 'error' ? 'error' : 'notice';
    this.problems.push({ ...placeOf(row, column), of: 'plant', code, severity: told, args });
  }

  person(row: TableRow, column: string, code: PersonFault, args: Readonly<Record<string, string>>): undefined {
    this.failed.add(row);
    this.problems.push({ ...placeOf(row, column), of: 'person', code, severity: 'error', args });
  }

  /** Says something of the file as a whole. */
  whole(code: CellFault): undefined {
    this.problems.push({
      sheet: '',
      row: 0,
      column: '',
      heading: NO_NAME,
      of: 'table',
      code,
      severity: 'error',
      args: {},
    });
  }

  stands(row: TableRow): boolean {
    return !this.failed.has(row);
  }

  intake(taken: Taken): Intake {
    const wrong = this.problems.filter(({ severity, row }) => severity === 'error' && row > 0);
    const order = (a: RowProblem, b: RowProblem): number => a.row - b.row;
    return {
      ...taken,
      problems: [...this.problems].sort((a, b) => (a.sheet === b.sheet ? order(a, b) : 0)),
      refused: new Set(wrong.map(({ sheet, row }) => `${sheet} ${row}`)),
    };
  }
}

export const placeOf = (row: TableRow, column: string): Place =>
  row.places[column] ?? { sheet: row.sheet, row: row.row, column: '', heading: NO_NAME };

/** Refuses rows whose key an earlier row of the file has; undefined keys are no keys. */
export function refuseTwice(
  judgement: Judgement,
  rows: readonly TableRow[],
  keyOf: (row: TableRow) => string | undefined,
  column: string,
): void {
  const seen = new Map<string, TableRow>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key === undefined || !judgement.stands(row)) continue;
    const other = seen.get(key);
    if (other) judgement.refuse(row, column, 'twice', { other: String(other.row) });
    else seen.set(key, row);
  }
}

/** A cell may stand on one line of a table only. */
export const oneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ');
