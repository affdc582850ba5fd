// From settled sheets to the ledger: which are new, what they add to the version before, where a closed month makes a late
// truth wait for somebody's word; and the sums for boards, kept up in the same transaction.
import {
  type Cause,
  cycleKey,
  cycleLines,
  differenceOf,
  hashRecord,
  type LedgerLine,
  type LedgerRecord,
  ledgerRecord,
  linesOf,
  sheetKey,
} from '../ledger.ts';
import { type Day, formatDay, type Month, monthHolding, monthOf, type Plant, parseDay, teamOf } from '../plant.ts';
import { medianLines, packSheet, packTally, restsOnMedians, tallyOf, tallyTeams, unpackSheet } from '../ranking.ts';
import { type Books, hashInputs, type Posting, type Sheet } from '../statement.ts';
import type { Transaction } from '../store/database.ts';
import { addEvents, type NewEvent } from '../store/events.ts';
import { listRestatements, type NewRestatement, proposeRestatement } from '../store/months.ts';
import {
  addTeamEntries,
  asPostings,
  lockTeamMonths,
  monthsOnMedians,
  putStandings,
  putTeamMonths,
  readRanked,
  readStandings,
  readTeamEntries,
  type Standing,
  type TeamEntry,
} from '../store/standings.ts';
import { addVouchers, causesText, latestVouchers, type NewVoucher } from '../store/vouchers.ts';

/** A sheet fit to be posted, with the books it came from and why it was settled. */
export interface Settled {
  readonly sheet: Sheet;
  readonly books: Books;
  readonly model: number;
  readonly causes: readonly Cause[];
}

export interface Ledgering {
  readonly tx: Transaction;
  readonly plantId: number;
  /** The plant of today: its calendar and teams. */
  readonly plant: Plant;
  readonly asOf: number;
  /** Accounting months that are closed. */
  readonly closed: ReadonlySet<string>;
}

export interface Posted {
  readonly posted: number;
  readonly proposed: number;
}

const monthOfDay = (plant: Plant, day: Day): Month => monthHolding(day, plant.monthStartsOn);

/** Posts what differs from how its shift stands. A sheet that is as it was leaves no trace. */
export async function postSheets(to: Ledgering, settled: readonly Settled[]): Promise<Posted> {
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
  await addEvents(tx, plantId, [...sheetEvents(vouchers), ...boardEvents(vouchers)]);
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
  // A first filling posts a year at once: nobody waits for each of its sheets.
  vouchers.length > 500
    ? []
    : vouchers.map((v) => ({
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

function boardEvents(vouchers: readonly NewVoucher[]): NewEvent[] {
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

// ── sums for boards ────────────────────────────────────────────────────────────────────────────────────────────────

/** Sums some teams over accounting months anew, and over the months after where those lean on these. */
export async function sumTeamMonths(
  { tx, plantId, plant, closed }: Ledgering,
  named: readonly { readonly month: string; readonly team: string }[],
): Promise<void> {
  // Closed ranks stand.
  const asked = named.filter(({ month }) => !closed.has(month));
  const pairs = new Map(asked.map((one) => [`${one.month} ${one.team}`, one]));
  for (const month of new Set(asked.map((one) => one.month))) {
    const next = monthHolding((monthOf(month, plant.monthStartsOn) as Month).last + 1, plant.monthStartsOn).text;
    const teams = asked.filter((one) => one.month === month).map(({ team }) => team);
    for (const team of await monthsOnMedians(tx, plantId, next, teams))
      pairs.set(`${next} ${team}`, { month: next, team });
  }
  await lockTeamMonths(tx, plantId, [...pairs.values()]);
  const byMonth = Map.groupBy(pairs.values(), ({ month }) => month);
  for (const [text, list] of byMonth) {
    const month = monthOf(text, plant.monthStartsOn) as Month;
    const teams = list.map(({ team }) => team);
    const span = { from: formatDay(month.first), to: formatDay(month.last), teams };
    const sheets = (await readRanked(tx, plantId, span)).map(unpackSheet);
    const weak = [...new Set(sheets.filter(restsOnMedians).map(({ team }) => team))];
    const before = monthHolding(month.first - 1, plant.monthStartsOn);
    const priorSpan = { from: formatDay(before.first), to: formatDay(before.last), teams: weak };
    const prior = weak.length === 0 ? [] : await readRanked(tx, plantId, priorSpan);
    const medians = medianLines(plant, prior.map(unpackSheet));
    const entries = await readTeamEntries(tx, plantId, { ...span, kind: 'cycle' });
    const tallies = tallyTeams(
      plant,
      sheets,
      medians,
      asPostings(entries, (day) => parseDay(day) as Day),
    );
    const rows = teams.map((team) => ({
      month: text,
      team,
      tally: packTally(tallies.get(team) ?? tallyOf(new Map(), team)),
      onMedians: weak.includes(team),
    }));
    await putTeamMonths(tx, plantId, rows);
  }
}

// ── cycles ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Posts what cycles of periodic work that ended cost beyond what was accrued, each cycle a document with versions. */
export async function postCycles(
  to: Ledgering,
  model: number,
  postings: readonly Posting[],
  known: readonly string[],
  causes: readonly Cause[],
  bookedDayOf: (day: Day) => Day,
): Promise<number> {
  const { tx, plantId, plant, asOf } = to;
  const byKey = Map.groupBy(postings, (p) => cycleKey(p.unit, p.stream, p.cycle));
  const keys = [...new Set([...byKey.keys(), ...known])];
  if (keys.length === 0) return 0;
  const before = await latestVouchers(tx, plantId, 'cycle', keys);
  const vouchers: NewVoucher[] = [];
  for (const key of keys) {
    const own = byKey.get(key) ?? [];
    const old = before.get(key);
    const [unit = '', stream = ''] = key.split('/');
    const fee = plant.units.get(unit)?.streams.find((s) => s.id === stream);
    const lines = cycleLines(own, fee?.answers ?? 'crew').map(({ posting, ...line }) => ({
      ...line,
      team: teamOf(plant, posting.unit, posting.crew),
      crew: posting.crew,
    }));
    const record = JSON.stringify({ lines });
    if (old?.record === record || (!old && own.length === 0)) continue;
    const was = old ? (JSON.parse(old.record) as { lines: typeof lines }).lines : [];
    const difference = differenceByTeam(was, lines);
    const day = own[0]?.day ?? (parseDay(old!.day) as Day);
    vouchers.push({
      plant: plant.id,
      kind: 'cycle',
      key,
      version: (old?.version ?? 0) + 1,
      unit,
      day: formatDay(day),
      shift: undefined,
      crew: undefined,
      team: undefined,
      state: old ? 'restated' : 'final',
      asOf,
      model,
      bookedDay: formatDay(bookedDayOf(day)),
      causes: causesText(causes),
      author: undefined,
      gainFen: lines.reduce((sum, line) => sum + line.crewFen, 0),
      companyFen: lines.reduce((sum, line) => sum + line.fen - line.crewFen, 0),
      record,
      inputs: '',
      ranked: undefined,
      lines: difference,
    });
  }
  if (vouchers.length === 0) return 0;
  const numbers = await addVouchers(tx, plantId, vouchers);
  const entries = vouchers.flatMap((v, i) =>
    v.lines.flatMap((line, at): TeamEntry[] => {
      const [, stream = '', forDay = '', forShift = ''] = /^periodic\.(.+) (\S+) (\S+)$/.exec(line.key) ?? [];
      return line.crewFen === 0 && line.fen === 0
        ? []
        : [
            {
              voucher: numbers[i]!,
              line: at,
              kind: 'cycle',
              day: v.bookedDay,
              team: line.team ?? '',
              unit: v.unit ?? '',
              stream,
              crew: line.crew ?? '',
              forDay,
              forShift,
              fen: -line.fen,
            },
          ];
    }),
  );
  await addTeamEntries(tx, plantId, entries);
  const pairs = new Map(
    entries.map(({ day, team }) => {
      const month = monthOfDay(plant, parseDay(day) as Day).text;
      return [`${month} ${team}`, { month, team }];
    }),
  );
  await sumTeamMonths(to, [...pairs.values()]);
  await addEvents(tx, plantId, boardEvents(vouchers));
  return vouchers.length;
}

type TeamLine = LedgerLine & { readonly team: string; readonly crew: string };

/** The difference line by line within each crew. */
function differenceByTeam(before: readonly TeamLine[], after: readonly TeamLine[]): TeamLine[] {
  const crews = new Map([...before, ...after].map(({ team, crew }) => [`${team} ${crew}`, { team, crew }]));
  return [...crews.values()].flatMap(({ team, crew }) => {
    const own = (line: TeamLine): boolean => line.team === team && line.crew === crew;
    return differenceOf(before.filter(own), after.filter(own)).map((line) => ({ ...line, team, crew }));
  });
}
