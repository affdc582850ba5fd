// People as rows of a table, in and out: what a spreadsheet brings, row by row taken or refused with its reason. It reads no
// file; whoever reads one gives rows by the columns' keys.
import { allTeams, nearest, type Plant } from '../plant.ts';
import { audit } from '../store/audit.ts';
import type { Queryable } from '../store/database.ts';
import { addGrant, countAdministrators } from '../store/grants.ts';
import {
  addPerson,
  findPerson,
  listPeople,
  moveMembership,
  type PersonRow,
  personNumbered,
  setDetails,
  setPerson,
} from '../store/people.ts';
import type { PersonFault } from '../words/http.ts';
import { type Access, changesPlant, keptPlace, type Place, placeText, readPlace } from './access.ts';
import { LINES, ROLES, type Role } from './contract.ts';
import { refuse } from './problem.ts';

/** Columns of the table, by the key rows use, and as its first line may say them. */
export const PEOPLE_COLUMNS = {
  staff_number: ['工号', 'staff number'],
  name: ['姓名', 'name'],
  phone: ['电话', 'phone'],
  team: ['班组', 'team'],
  administrative: ['组织', 'organisation'],
  party: ['党组织', 'party organisation'],
  roles: ['岗位', 'roles'],
  from: ['到岗日', 'from'],
  left: ['离开日', 'left'],
} as const;
export type PeopleColumn = keyof typeof PEOPLE_COLUMNS;
export type PeopleRow = Readonly<Partial<Record<PeopleColumn, string>>>;

export interface Importing {
  readonly plantId: number;
  readonly plant: Plant;
  /** What the importing person may do: rows beyond it are refused. */
  readonly access: Access;
  readonly by: number | undefined;
  readonly request: string;
  readonly today: string;
  readonly now: number;
}

export interface RowFault {
  /** From 1, the first row of people. */
  readonly row: number;
  readonly code: PersonFault;
  readonly args: Readonly<Record<string, string>>;
}

export interface ImportReport {
  readonly added: readonly { readonly row: number; readonly person: number }[];
  readonly changed: readonly { readonly row: number; readonly person: number }[];
  readonly same: number;
  readonly refused: readonly RowFault[];
}

type Fault = readonly [PersonFault, Readonly<Record<string, string>>];

interface Wanted {
  readonly staffNumber: string;
  readonly name: string;
  readonly phone: string | undefined;
  readonly places: readonly { readonly kind: 'team' | 'administrative' | 'party'; readonly place: string }[];
  readonly roles: readonly { readonly role: Role; readonly place: Place }[];
  readonly from: string;
  readonly left: string | undefined;
}

/**
 * Takes rows of people: a new staff number is entered, a known one brought to what the row says; empty cells leave things as
 * they are. Roles are added, never taken away. Throws `last-administrator` when the last one would leave. A wrong row is refused with all its faults and does not touch the others.
 */
export async function importPeople(
  tx: Queryable,
  importing: Importing,
  rows: readonly PeopleRow[],
): Promise<ImportReport> {
  const added: { row: number; person: number }[] = [];
  const changed: { row: number; person: number }[] = [];
  const refused: RowFault[] = [];
  const seen = new Set<string>();
  let same = 0;
  for (const [index, cells] of rows.entries()) {
    const row = index + 1;
    const wanted = readRow(cells, importing, seen);
    const faults = Array.isArray(wanted) ? wanted : [];
    const before = Array.isArray(wanted) ? undefined : await known(tx, importing, wanted as Wanted);
    if (before instanceof Set) faults.push(...before);
    if (faults.length > 0) {
      refused.push(...faults.map(([code, args]) => ({ row, code, args })));
      continue;
    }
    const outcome = await take(tx, importing, wanted as Wanted, before as PersonRow | undefined);
    if (outcome.kind === 'same') same += 1;
    else (outcome.kind === 'added' ? added : changed).push({ row, person: outcome.person });
  }
  return { added, changed, same, refused };
}

function readRow(cells: PeopleRow, { plant, access, today }: Importing, seen: Set<string>): Wanted | Fault[] {
  const faults: Fault[] = [];
  const cell = (key: PeopleColumn): string => (cells[key] ?? '').trim();
  const fault = (code: PersonFault, args: Readonly<Record<string, string>> = {}): void =>
    void faults.push([code, args]);
  const staffNumber = cell('staff_number');
  if (staffNumber === '') fault('no-staff-number');
  else if (seen.has(staffNumber.toLowerCase())) fault('twice', { found: staffNumber });
  seen.add(staffNumber.toLowerCase());
  if (cell('name') === '') fault('no-name');
  for (const [text, limit] of [
    [staffNumber, 60],
    [cell('name'), 100],
  ] as const)
    if (text.length > limit) fault('long', { found: text, limit: String(limit) });
  if (cell('phone') !== '' && !/^\+?[0-9 -]{5,30}$/.test(cell('phone'))) fault('bad-phone', { found: cell('phone') });
  const days = (['from', 'left'] as const).map((key) => {
    const day = cell(key);
    if (day !== '' && !isDay(day)) fault('bad-day', { found: day });
    return day;
  });
  const [from = '', left = ''] = days;
  if (from !== '' && left !== '' && left < from) fault('left-before');

  const lists = { team: allTeams(plant), administrative: plant.administrative, party: plant.party };
  const unknown = { team: 'unknown-team', administrative: 'unknown-organisation', party: 'unknown-party' } as const;
  const places = (['team', ...LINES] as const).flatMap((kind) => {
    const told = cell(kind);
    if (told === '') return [];
    const place = idIn(lists[kind], told);
    if (place === undefined) {
      fault(unknown[kind], { found: told, nearest: nearest(told, [...lists[kind].keys()]) ?? '' });
      return [];
    }
    if (!access.may('people.write', { kind, id: place })) fault('not-yours', { found: told });
    return [{ kind, place }];
  });

  const team = places.find(({ kind }) => kind === 'team')?.place;
  const roles = cell('roles')
    .split(/[;；,，\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .flatMap((told): { role: Role; place: Place }[] => {
      const [code = '', at] = told.split('@').map((part) => part.trim());
      const role = ROLES.find((one) => one === code);
      if (role === undefined || role === 'member') {
        fault('unknown-role', { found: code, nearest: nearest(code, ROLES) ?? '', choices: ROLES.slice(1).join(', ') });
        return [];
      }
      // A role without a place is for the own team.
      const where = at ?? (team === undefined ? '' : `team:${team}`);
      const place = readPlace(where, plant);
      if (place === undefined) {
        fault('unknown-place', { found: where });
        return [];
      }
      if (!access.may('grants.write', changesPlant(role) ? { kind: 'plant' } : place))
        fault('role-not-granted', { found: told });
      return [{ role, place }];
    });

  if (faults.length > 0) return faults;
  return {
    staffNumber,
    name: cell('name'),
    phone: cell('phone') || undefined,
    places,
    roles,
    from: from || today,
    left: left || undefined,
  };
}

/** By id, or by a name only one of them has. */
function idIn(
  list: ReadonlyMap<string, { readonly id: string; readonly name: object }>,
  told: string,
): string | undefined {
  if (list.has(told)) return told;
  const named = [...list.values()].filter(({ name }) => Object.values(name).includes(told));
  return named.length === 1 ? named[0]!.id : undefined;
}

function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** The person of the staff number, undefined when new; faults when the importer may not touch them. */
async function known(
  tx: Queryable,
  { plantId, access, today }: Importing,
  { staffNumber }: Wanted,
): Promise<PersonRow | undefined | Set<Fault>> {
  const person = await personNumbered(tx, plantId, staffNumber);
  if (person === undefined) return undefined;
  const row = (await findPerson(tx, plantId, person, today))!;
  const at = row.memberships.map(({ kind, place }): Place => ({ kind, id: place }));
  const beyond = row.grants.some(({ place }) => !access.may('grants.write', keptPlace(place)));
  const reached = access.may('people.write', { kind: 'person', id: person, at });
  return beyond || !reached ? new Set<Fault>([['not-yours', { found: staffNumber }]]) : row;
}

async function take(
  tx: Queryable,
  { plantId, by, request, now, today }: Importing,
  wanted: Wanted,
  before: PersonRow | undefined,
): Promise<{ kind: 'added' | 'changed' | 'same'; person: number }> {
  const { places, roles, from, left } = wanted;
  const person = before?.person ?? (await addPerson(tx, plantId, wanted));
  if (person === undefined) throw new Error('a staff number came twice at once');
  const details =
    before !== undefined && (wanted.name !== before.name || (wanted.phone ?? before.phone) !== before.phone);
  if (details)
    await setDetails(tx, plantId, person, { name: wanted.name, phone: wanted.phone ?? before.phone ?? undefined });
  const moved = places.filter(
    ({ kind, place }) =>
      !before?.memberships.some((one) => one.kind === kind && one.place === place && one.until_day === null),
  );
  for (const { kind, place } of moved) await moveMembership(tx, plantId, person, { kind, place, fromDay: from });
  const granted = roles.filter(
    ({ role, place }) => !before?.grants.some((one) => one.role === role && one.place === placeText(place)),
  );
  for (const { role, place } of granted) {
    const grant = await addGrant(tx, plantId, { person, role, place: placeText(place), fromDay: from, grantedBy: by });
    const after = { person, role, place: placeText(place), fromDay: from };
    await audit(
      tx,
      plantId,
      { person: by, request },
      { action: 'grant.add', object: ['grant', grant], after, why: 'import' },
    );
  }
  const leaving =
    left !== undefined && before?.memberships.some((one) => one.until_day === null || one.until_day > left);
  if (left !== undefined && (leaving || before === undefined)) {
    for (const kind of ['team', ...LINES] as const) await moveMembership(tx, plantId, person, { kind, fromDay: left });
    if (left <= today) await setPerson(tx, plantId, person, { blocked: true, now });
    const administers = before?.grants.some(({ role, place }) => role === 'administrator' && place === 'plant');
    if (administers && (await countAdministrators(tx, plantId, today)) === 0) throw refuse('last-administrator');
  }
  const kind =
    before === undefined ? 'added' : details || leaving || moved.length + granted.length > 0 ? 'changed' : 'same';
  if (kind !== 'same') {
    await audit(
      tx,
      plantId,
      { person: by, request },
      {
        action: kind === 'added' ? 'person.add' : 'person.change',
        object: ['person', person],
        after: {
          from,
          ...(left === undefined ? {} : { left }),
          places: moved,
          ...(details ? { changed: ['name', 'phone'] } : {}),
        },
        why: 'import',
      },
    );
  }
  return { kind, person };
}

/** The people the caller may see as rows that `importPeople` takes again; telephones only where they may be seen. */
export async function exportPeople(db: Queryable, plantId: number, access: Access, day: string): Promise<PeopleRow[]> {
  const covered = access.places('people.read');
  const rows: PeopleRow[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const found: PersonRow[] = await listPeople(
      db,
      plantId,
      { day, places: covered === 'all' ? undefined : [...covered], after },
      1000,
    );
    rows.push(...found.map((row) => rowOf(row, access)));
    after = found.length === 1000 ? found.at(-1)?.person : undefined;
  }
  return rows;
}

function rowOf(row: PersonRow, access: Access): PeopleRow {
  const at = row.memberships.map(({ kind, place }): Place => ({ kind, id: place }));
  const told = (kind: string) => row.memberships.find((one) => one.kind === kind);
  const details = access.may('people.details.read', { kind: 'person', id: row.person, at });
  const first = row.memberships[0];
  return {
    staff_number: row.staff_number ?? '',
    name: row.name ?? '',
    phone: details ? (row.phone ?? '') : '',
    team: told('team')?.place ?? '',
    administrative: told('administrative')?.place ?? '',
    party: told('party')?.place ?? '',
    roles: row.grants.map(({ role, place }) => `${role}@${place}`).join('; '),
    from: first?.from_day ?? '',
    left: first?.until_day ?? '',
  };
}
