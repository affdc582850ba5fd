// From settled sheets to the ledger: which are new, what they add to the version before, and where a closed month makes a late
// truth wait for somebody's word.
import { type Cause, differenceOf, hashRecord, type LedgerRecord, ledgerRecord, linesOf, sheetKey } from '../ledger.ts';
import { type Day, formatDay } from '../plant.ts';
import { packSheet } from '../ranking.ts';
import { type Books, hashInputs, type Sheet } from '../statement.ts';
import { addEvents, type NewEvent } from '../store/events.ts';
import { listRestatements, type NewRestatement, proposeRestatement } from '../store/months.ts';
import { putStandings, readStandings, type Standing } from '../store/standings.ts';
import { addVouchers, causesText, latestVouchers, type NewVoucher } from '../store/vouchers.ts';
import { type Ledgering, monthOfDay } from './ledgering.ts';
import { sumTeamMonths } from './team-months.ts';

/** A sheet fit to be posted, with the books it came from and why it was settled. */
export interface Settled {
  readonly sheet: Sheet;
  readonly books: Books;
  readonly model: number;
  readonly causes: readonly Cause[];
}

export interface Posted {
  readonly posted: number;
  readonly proposed: number;
}

/** Posts what differs from how its shift stands. A sheet that is as it was leaves no trace. */
export async function postSheets(to: Ledgering, settled: readonly Settled[], filling = false): Promise<Posted> {
  if (settled.length === 0) return { posted: 0, proposed: 0 };
  const { tx, plantId, plant, asOf, closed } = to;
  const days = settled.map(({ sheet }) => sheet.shift.day);
  const standings = new Map<string, Standing>();
  for (const one of await readStandings(tx, plantId, {
    from: formatDay(Math.min(...days)),
    to: formatDay(Math.max(...days)),
    units: [...new Set(settled.map(({ sheet }) => sheet.shift.unit))],
  }))
    standings.set(`${one.unit}/${one.day}/${one.shift}`, one);
  const changed = settled.flatMap((one) => {
    const { shift } = one.sheet;
    const key = sheetKey(shift.unit, shift.day, shift.code);
    const record = JSON.stringify(ledgerRecord(one.sheet));
    const recordHash = hashRecord(record);
    const standing = standings.get(key);
    const waits = closed.has(monthOfDay(plant, shift.day).text);
    return standing?.recordHash === recordHash && !waits ? [] : [{ ...one, key, record, recordHash, standing, waits }];
  });
  const open = changed.filter(({ waits }) => !waits);
  const late = changed.filter(({ waits, standing }) => waits && standing);
  // A shift of a closed month that never had a sheet is posted like a restatement too, once someone says so.
  const proposed = await propose(to, [...late, ...changed.filter(({ waits, standing }) => waits && !standing)]);
  if (open.length === 0) return { posted: 0, proposed };
  const before = await latestVouchers(
    tx,
    plantId,
    'sheet',
    open.filter(({ standing }) => standing).map(({ key }) => key),
  );
  const vouchers = open.map(({ sheet, books, model, causes, key, record, standing }): NewVoucher => {
    const old = before.get(key);
    return {
      ...voucherOf(to, sheet, model, key, record),
      version: (standing?.version ?? 0) + 1,
      state: standing && standing.state !== 'provisional' ? 'restated' : sheet.state,
      bookedDay: formatDay(sheet.shift.day),
      causes: causesText(
        standing ? causes : [{ kind: 'shift-ended' }, ...causes.filter((c) => c.kind !== 'shift-ended')],
      ),
      inputs: hashInputs(books, sheet),
      author: undefined,
      ranked: packSheet(sheet),
      lines: linesBetween(old, sheet, record),
    };
  });
  const numbers = await addVouchers(tx, plantId, vouchers);
  const rows = open.map(
    ({ sheet, recordHash }, i): Standing => standingOf(sheet, recordHash, vouchers[i]!, numbers[i]!, asOf),
  );
  await putStandings(tx, plantId, rows);
  const teams = new Map<string, { month: string; team: string }>();
  const touch = (day: Day, team: string): void => {
    const month = monthOfDay(plant, day).text;
    teams.set(`${month} ${team}`, { month, team });
  };
  for (const { sheet, standing } of open) {
    touch(sheet.shift.day, sheet.team);
    if (standing && standing.team !== sheet.team) touch(sheet.shift.day, standing.team);
  }
  await sumTeamMonths(to, [...teams.values()]);
  // A first filling posts a year: who listens is told once that boards have changed.
  const told = filling ? boardEvents(vouchers).slice(-1) : [...sheetEvents(vouchers), ...boardEvents(vouchers)];
  await addEvents(tx, plantId, told);
  return { posted: open.length, proposed };
}

type Content = Pick<
  NewVoucher,
  | 'plant'
  | 'kind'
  | 'key'
  | 'unit'
  | 'day'
  | 'shift'
  | 'crew'
  | 'team'
  | 'asOf'
  | 'model'
  | 'record'
  | 'gainFen'
  | 'companyFen'
>;

const voucherOf = ({ plant, asOf }: Ledgering, sheet: Sheet, model: number, key: string, record: string): Content => {
  const parts = [sheet.counted, sheet.excluded].filter((part) => part?.complete);
  return {
    plant: plant.id,
    kind: 'sheet',
    key,
    unit: sheet.shift.unit,
    day: formatDay(sheet.shift.day),
    shift: sheet.shift.code,
    crew: sheet.shift.crew,
    team: sheet.team,
    asOf,
    model,
    record,
    gainFen: sheet.counted?.complete ? sheet.counted.crewGainFen : undefined,
    companyFen: parts.length === 0 ? undefined : parts.reduce((sum, part) => sum + part!.companyFen, 0),
  };
};

const standingOf = (sheet: Sheet, recordHash: string, voucher: NewVoucher, number: number, asOf: number): Standing => ({
  day: formatDay(sheet.shift.day),
  unit: sheet.shift.unit,
  shift: sheet.shift.code,
  team: sheet.team,
  crew: sheet.shift.crew,
  starts: sheet.shift.from,
  ends: sheet.shift.to,
  voucher: number,
  version: voucher.version,
  state: voucher.state,
  asOf,
  complete: sheet.counted?.complete ?? false,
  gainFen: voucher.gainFen,
  companyFen: voucher.companyFen,
  recordHash,
});

type OldVoucher = { readonly record: string; readonly team: string | undefined; readonly crew: string | undefined };

/** The difference to the version before; when another crew turns out to have run the shift, the whole is moved to it. */
function linesBetween(old: OldVoucher | undefined, sheet: Sheet, record: string): NewVoucher['lines'] {
  const after = linesOf(JSON.parse(record) as LedgerRecord);
  const before = old ? linesOf(JSON.parse(old.record) as LedgerRecord) : [];
  if (!old || (old.team === sheet.team && old.crew === sheet.shift.crew)) return differenceOf(before, after);
  const from = { ...(old.team ? { team: old.team } : {}), ...(old.crew ? { crew: old.crew } : {}) };
  return [...differenceOf(before, []).map((line) => ({ ...line, ...from })), ...differenceOf([], after)];
}

const sheetEvents = (vouchers: readonly NewVoucher[]): NewEvent[] =>
  vouchers.map((v) => ({
    kind: 'sheet',
    unit: v.unit,
    body: {
      unit: v.unit,
      day: v.day,
      shift: v.shift,
      team: v.team,
      version: v.version,
      state: v.state,
      gainFen: v.gainFen ?? null,
    },
  }));

export function boardEvents(vouchers: readonly NewVoucher[]): NewEvent[] {
  const days = [...new Set(vouchers.map((v) => v.day))].sort();
  return days.slice(-7).map((day) => ({ kind: 'board', unit: undefined, body: { day } }));
}

// ── closed months ──────────────────────────────────────────────────────────────────────────────────────────────────

type Changed = Settled & {
  readonly key: string;
  readonly record: string;
  readonly recordHash: string;
  readonly standing: Standing | undefined;
};

/** Lays differences to closed months before those who decide, once each. */
async function propose(to: Ledgering, changed: readonly Changed[]): Promise<number> {
  if (changed.length === 0) return 0;
  const { tx, plantId, asOf } = to;
  const known = await listRestatements(
    tx,
    plantId,
    undefined,
    changed.map(({ key }) => key),
  );
  let count = 0;
  const events: NewEvent[] = [];
  for (const { sheet, books, model, causes, key, record, recordHash, standing } of changed) {
    const last = known.find((one) => one.key === key && one.state !== 'replaced');
    if (standing?.recordHash === recordHash) {
      // What was to be restated is as it stands again.
      if (last?.state === 'waiting')
        await tx.rows(
          `update restatements set state = 'replaced' where plant_id = $1 and restatement = $2`,
          plantId,
          last.restatement,
        );
      continue;
    }
    if (last && last.record === record && (last.state === 'waiting' || last.state === 'refused')) continue;
    const { shift } = sheet;
    const gain = sheet.counted?.complete ? sheet.counted.crewGainFen : undefined;
    const restatement: NewRestatement = {
      key,
      unit: shift.unit,
      day: formatDay(shift.day),
      shift: shift.code,
      basedOn: standing?.voucher ?? 0,
      asOf,
      model,
      causes: causesText(causes),
      record,
      inputs: hashInputs(books, sheet),
      ranked: packSheet(sheet),
      gainDifferenceFen: gain === undefined ? undefined : gain - (standing?.gainFen ?? 0),
    };
    const number = await proposeRestatement(tx, plantId, restatement);
    const body = { restatement: number, unit: shift.unit, day: restatement.day, shift: shift.code };
    events.push({ kind: 'restatement', unit: shift.unit, body });
    count += 1;
  }
  await addEvents(tx, plantId, events);
  return count;
}
