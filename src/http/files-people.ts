// People that came back in a file: the table is read here, the register's own import judges and takes it row by row.
import type { Cells, Table } from '../connect/templates.ts';
import type { Plant } from '../plant.ts';
import type { Queryable, Transaction } from '../store/database.ts';
import type { PersonFault } from '../words/http.ts';
import { type Intake, Judgement } from '../work/files.ts';
import type { Access } from './access.ts';
import type { BringContract, ReportContract } from './contract/files.ts';
import type { Call } from './route.ts';
import { todayOf } from './service.ts';

/** What a row of people was not taken for; rows count from 1. */
interface PersonFaultOf {
  readonly row: number;
  readonly code: PersonFault;
  readonly args: Readonly<Record<string, string>>;
}

/** The register's own rows in and out: they know who may change whom, and keep what tells who someone is where it can be erased. */
export interface PeopleTable {
  readonly importPeople: (
    tx: Transaction,
    importing: {
      readonly plantId: number;
      readonly plant: Plant;
      readonly access: Access;
      readonly by: number | undefined;
      readonly request: string;
      readonly today: string;
      readonly now: number;
    },
    rows: readonly Cells[],
  ) => Promise<{
    readonly added: readonly unknown[];
    readonly changed: readonly unknown[];
    readonly same: number;
    readonly refused: readonly PersonFaultOf[];
  }>;
  /** `day`: of the calendar at the plant, on which memberships hold or not. */
  readonly exportPeople: (db: Queryable, plantId: number, access: Access, day: string) => Promise<readonly Cells[]>;
}

/** Of which cell of a row a fault tells. */
const PERSON_CELL: Partial<Record<string, string>> = {
  'no-staff-number': 'staff_number',
  twice: 'staff_number',
  'no-name': 'name',
  'bad-phone': 'phone',
  'unknown-team': 'team',
  'unknown-organisation': 'administrative',
  'unknown-party': 'party',
  'unknown-role': 'roles',
  'role-not-granted': 'roles',
  'unknown-place': 'roles',
  'left-before': 'left',
};

/** The register judges as it writes, so what was only to be judged is written and undone. */
export async function bringPeople(
  people: PeopleTable,
  { plantId, plant, access, person, id, service }: Call<BringContract> | Call<ReportContract>,
  tx: Transaction,
  { rows, problems }: Table,
  dryRun: boolean,
): Promise<Intake> {
  const judgement = new Judgement(problems);
  const importing = { plantId, plant, access, by: person, request: id, today: todayOf(service), now: service.now() };
  await tx.rows('savepoint people');
  const { added, changed, same, refused } = await people.importPeople(
    tx,
    importing,
    rows.map(({ cells }) => cells),
  );
  await tx.rows(dryRun ? 'rollback to savepoint people' : 'release savepoint people');
  for (const { row: number, code, args } of refused) {
    const row = rows[number - 1];
    const days = row && ['from', 'left'].find((column) => row.cells[column] === args.found);
    if (row) judgement.person(row, (code === 'bad-day' ? days : PERSON_CELL[code]) ?? '', code, args);
  }
  return judgement.intake({ taken: added.length + changed.length, same });
}
