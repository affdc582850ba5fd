// Cycles of periodic work: what a cycle that ended cost beyond what was accrued, each a document with versions.
import { type Cause, cycleKey, cycleLines, differenceOf, type LedgerLine } from '../ledger.ts';
import { type Day, formatDay, type Plant, parseDay, type Shift, teamOf, type Unit } from '../plant.ts';
import type { Instant } from '../quantity.ts';
import { readFraction } from '../ranking.ts';
import { type Books, type Posting, periodicPostings, type RunHours } from '../statement.ts';
import type { Queryable } from '../store/database.ts';
import { addEvents } from '../store/events.ts';
import { addTeamEntries, type TeamEntry } from '../store/standings.ts';
import { addVouchers, causesText, hoursRunOf, latestVouchers, type NewVoucher } from '../store/vouchers.ts';
import { type Ledgering, monthOfDay } from './ledgering.ts';
import { boardEvents } from './post.ts';
import { sumTeamMonths } from './team-months.ts';

/** Units that have periodic work. */
export const unitsWithCycles = (units: Iterable<Unit>): Unit[] =>
  [...units].filter(({ streams }) => streams.some((s) => s.role === 'fee' && s.periodic));

/**
 * The postings of all cycles of some units that ended by the books' instant, with the hours run of sheets as posted;
 * `before`: by vouchers of lower numbers only.
 */
export async function cyclePostings(
  db: Queryable,
  plantId: number,
  books: Books,
  units: readonly Unit[],
  span: { readonly asOf: Instant; readonly metered: Instant; readonly before?: number },
): Promise<Posting[]> {
  const { zone } = books.plant;
  const [first, last] = [zone.dayAt(span.metered) - 2, zone.dayAt(span.asOf)];
  const ids = units.map(({ id }) => id);
  const runs = new Map<string, RunHours>();
  const hoursOf = (text: string | null): RunHours['counted'] =>
    text === null ? undefined : { hoursRun: readFraction(text) };
  for (const { key, counted, excluded } of await hoursRunOf(db, plantId, ids, span.before))
    runs.set(key, { counted: hoursOf(counted), excluded: hoursOf(excluded) });
  const settle = ({ unit, day, code }: Shift): RunHours =>
    runs.get(`${unit}/${formatDay(day)}/${code}`) ?? { counted: undefined, excluded: undefined };
  return periodicPostings(books, first, last, settle, { units, metered: span.metered });
}

const linesOfCycle = (plant: Plant, key: string, postings: readonly Posting[]) => {
  const [unit = '', stream = ''] = key.split('/');
  const fee = plant.units.get(unit)?.streams.find((s) => s.id === stream);
  return cycleLines(postings, (fee?.role === 'fee' && fee.answers) || 'crew').map(({ posting, ...line }) => ({
    ...line,
    team: teamOf(plant, posting.unit, posting.crew),
    crew: posting.crew,
  }));
};

/** What the voucher of a cycle records, by the cycle's key. */
export const cycleRecords = (plant: Plant, postings: readonly Posting[]): Map<string, string> =>
  new Map(
    [...Map.groupBy(postings, (p) => cycleKey(p.unit, p.stream, p.cycle))].map(([key, own]) => [
      key,
      JSON.stringify({ lines: linesOfCycle(plant, key, own) }),
    ]),
  );

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
    const [unit = ''] = key.split('/');
    const lines = linesOfCycle(plant, key, own);
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
