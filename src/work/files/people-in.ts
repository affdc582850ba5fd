// Attendance and past results that came back in a file. Both are kept and listed, and settle nothing.
import { choiceMeant, nearestChoice, type TableRow, TEMPLATES } from '../../connect/templates.ts';
import { allTeams, monthOf, type Plant, parseDay, readDecimal } from '../../plant.ts';
import { divideHalfEven } from '../../quantity.ts';
import { type Attendance, addAttendance, peopleNumbered, standingAttendance } from '../../store/attendance.ts';
import { addHistory, type PastResult, rowsOfFile } from '../../store/history.ts';
import { type Bringing, type Judgement, refuseTwice, type Taken } from './intake.ts';

export async function bringAttendance(
  bringing: Bringing,
  rows: readonly TableRow[],
  judgement: Judgement,
): Promise<Taken> {
  const { teacher, tx, plant, by, dryRun, mayTeam } = bringing;
  const { plantId } = teacher.plants;
  const numbers = rows.flatMap(({ cells }) => [cells.staff_number ?? '', cells.instead_of ?? '']);
  const known = await peopleNumbered(
    tx,
    plantId,
    numbers.filter((one) => one !== ''),
  );
  const wanted = new Map<TableRow, Attendance>();
  for (const row of rows) {
    const {
      staff_number: number = '',
      name,
      day = '',
      team = '',
      hours = '',
      instead_of: instead,
      reason = '',
    } = row.cells;
    const person = known.get(number.toLowerCase());
    const replaced = instead === undefined ? undefined : known.get(instead.toLowerCase());
    if (!person) judgement.refuse(row, 'staff_number', 'no-such-person', { found: number });
    else if (name !== undefined && person.name !== undefined && name !== person.name)
      judgement.refuse(row, 'name', 'name-differs', { found: name, number });
    if (instead !== undefined && !replaced) judgement.refuse(row, 'instead_of', 'no-such-person', { found: instead });
    if (parseDay(day) === undefined)
      judgement.tell(row, {
        code: 'bad-day',
        severity: 'error',
        file: '',
        line: 0,
        column: 0,
        args: { found: day, column: 'day' },
      });
    for (const column of ['shift', 'team', 'kind', 'withdrawn']) checkChoice(row, column, plant, judgement);
    if (allTeams(plant).has(team) && !mayTeam(team)) judgement.refuse(row, 'team', 'not-yours');
    const worked = hundredths(hours);
    if (worked === undefined || worked < 0 || worked > 2400)
      judgement.refuse(row, 'hours', 'bad-hours', { found: hours });
    if (!judgement.stands(row) || !person || worked === undefined) continue;
    const { shift = '', kind = '', withdrawn } = row.cells;
    wanted.set(row, {
      person: person.person,
      day,
      shift,
      team,
      kind,
      hours: worked,
      insteadOf: replaced?.person,
      withdrawn: withdrawn === 'yes',
      reason,
    });
  }
  const keyOf = ({ person, day, shift, kind }: Attendance): string => JSON.stringify([person, day, shift, kind]);
  refuseTwice(judgement, rows, (row) => (wanted.has(row) ? keyOf(wanted.get(row)!) : undefined), 'staff_number');
  const good = [...wanted].filter(([row]) => judgement.stands(row)).map(([, one]) => one);
  const days = good.map(({ day }) => day).sort();
  const stood = new Map(
    days.length === 0
      ? []
      : (await standingAttendance(tx, plantId, { from: days[0]!, to: days.at(-1)!, teams: undefined }, 1_000_000)).map(
          (one) => [keyOf(one), one],
        ),
  );
  const fresh = good.filter((one) => {
    const before = stood.get(keyOf(one));
    if (one.withdrawn) return before !== undefined;
    return (
      !before ||
      before.team !== one.team ||
      before.hours !== one.hours ||
      before.insteadOf !== one.insteadOf ||
      before.reason !== one.reason
    );
  });
  if (!dryRun) await addAttendance(tx, plantId, fresh, by);
  return { taken: fresh.length, same: good.length - fresh.length };
}

function checkChoice(row: TableRow, column: string, plant: Plant, judgement: Judgement): void {
  const found = row.cells[column];
  const choices = TEMPLATES.attendance.columns.find(({ id }) => id === column)?.choices?.(plant, row.cells) ?? [];
  if (found === undefined || choiceMeant(choices, found) !== undefined) return;
  judgement.refuse(row, column, 'not-in-list', { found, nearest: nearestChoice(choices, found) });
}

/** A decimal of at most two places, in hundredths. */
function hundredths(text: string): number | undefined {
  const value = readDecimal(text);
  if (!value || (value.n * 100n) % value.d !== 0n) return undefined;
  const count = Number((value.n * 100n) / value.d);
  return Number.isSafeInteger(count) ? count : undefined;
}

// ── past results ───────────────────────────────────────────────────────────────────────────────────────────────────

export async function bringPastResults(
  bringing: Bringing,
  rows: readonly TableRow[],
  judgement: Judgement,
): Promise<Taken> {
  const { teacher, tx, by, file, dryRun } = bringing;
  const results: PastResult[] = [];
  for (const row of rows) {
    const { period = '', team = '', gain = '' } = row.cells;
    const when = periodOf(period);
    const value = readDecimal(gain.replace(/元$/, ''));
    const fen = value ? divideHalfEven(value.n * 100n, value.d) : undefined;
    if (when === undefined) judgement.refuse(row, 'period', 'bad-period', { found: period });
    if (fen === undefined || fen > BigInt(Number.MAX_SAFE_INTEGER) || -fen > BigInt(Number.MAX_SAFE_INTEGER))
      judgement.tell(row, {
        code: 'bad-decimal',
        severity: 'error',
        file: '',
        line: 0,
        column: 0,
        args: { found: gain, column: 'gain' },
      });
    if (when === undefined || fen === undefined || !judgement.stands(row)) continue;
    results.push({ sheet: row.sheet, row: row.row, period: when, team, gainFen: Number(fen), lines: row.others });
  }
  const { plantId } = teacher.plants;
  const there = await rowsOfFile(tx, plantId, file.hash);
  const fresh = results.filter(({ sheet, row }) => !there.has(`${sheet} ${row}`));
  if (!dryRun) await addHistory(tx, plantId, file, fresh, by);
  return { taken: fresh.length, same: results.length - fresh.length };
}

/** `2021年3月`, `2021/3`, `2021-03-01` as a month or a day; undefined for other texts. */
function periodOf(text: string): string | undefined {
  const [, y = '', m = '', d] =
    /^(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})\s*日?|\s*月)?(?:\s+00?:00(?::00)?)?$/.exec(
      text.normalize('NFKC'),
    ) ?? [];
  if (y === '') return undefined;
  const month = `${y}-${m.padStart(2, '0')}`;
  if (d === undefined) return monthOf(month, 1) && month;
  const day = `${month}-${d.padStart(2, '0')}`;
  return parseDay(day) === undefined ? undefined : day;
}
