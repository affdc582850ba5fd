// The sums of teams over accounting months, which boards of months and longer are made of: kept up in the transaction that posts.
import { type Day, formatDay, type Month, monthHolding, monthOf, type Plant, parseDay } from '../plant.ts';
import {
  medianLines,
  type PackedTally,
  packTally,
  restsOnMedians,
  tallyOf,
  tallyTeams,
  unpackSheet,
} from '../ranking.ts';
import { fractionText } from '../statement.ts';
import type { Queryable } from '../store/database.ts';
import {
  asPostings,
  daysOfTeams,
  lockTeamMonths,
  monthsOnMedians,
  putTeamMonths,
  readRanked,
  readRankedAsOf,
  readTeamEntries,
} from '../store/standings.ts';
import type { Ledgering } from './ledgering.ts';

export interface TeamMonth {
  readonly month: string;
  readonly team: string;
  readonly tally: PackedTally;
  readonly onMedians: boolean;
}

/** The sums of some teams over a month, from the sheets that are posted; `asOf`: that were posted by then. */
export async function tallyTeamMonths(
  db: Queryable,
  plantId: number,
  plant: Plant,
  month: Month,
  teams: readonly string[],
  asOf?: number,
): Promise<TeamMonth[]> {
  const read = async ({ first, last }: Month, of: readonly string[]) => {
    const span = { from: formatDay(first), to: formatDay(last) };
    const packed =
      asOf === undefined
        ? await readRanked(db, plantId, { ...span, teams: of })
        : (await readRankedAsOf(db, plantId, { ...span, asOf })).filter(({ team }) => of.includes(team));
    return packed.map(unpackSheet);
  };
  const sheets = await read(month, teams);
  const weak = [...new Set(sheets.filter(restsOnMedians).map(({ team }) => team))];
  const prior = weak.length === 0 ? [] : await read(monthHolding(month.first - 1, plant.monthStartsOn), weak);
  const entries = await readTeamEntries(db, plantId, {
    from: formatDay(month.first),
    to: formatDay(month.last),
    teams,
    kind: 'cycle',
  });
  const postings = asPostings(entries, (day) => parseDay(day) as Day);
  const tallies = tallyTeams(plant, sheets, medianLines(plant, prior), postings);
  return teams.map((team) => ({
    month: month.text,
    team,
    tally: packTally(tallies.get(team) ?? tallyOf(new Map(), team)),
    onMedians: weak.includes(team),
  }));
}

/** Sums some teams over accounting months anew, and over the months after where those lean on these. Closed ranks stand. */
export async function sumTeamMonths(
  { tx, plantId, plant, closed }: Omit<Ledgering, 'asOf'>,
  named: readonly { readonly month: string; readonly team: string }[],
): Promise<void> {
  const pairs = new Map(named.map((one) => [`${one.month} ${one.team}`, one]));
  for (const month of new Set(named.map((one) => one.month))) {
    const next = monthHolding((monthOf(month, plant.monthStartsOn) as Month).last + 1, plant.monthStartsOn).text;
    const teams = named.filter((one) => one.month === month).map(({ team }) => team);
    for (const team of await monthsOnMedians(tx, plantId, next, teams))
      pairs.set(`${next} ${team}`, { month: next, team });
  }
  const open = [...pairs.values()].filter(({ month }) => !closed.has(month));
  await lockTeamMonths(tx, plantId, open);
  for (const [text, list] of Map.groupBy(open, ({ month }) => month)) {
    const month = monthOf(text, plant.monthStartsOn) as Month;
    const teams = list.map(({ team }) => team);
    await putTeamMonths(tx, plantId, await tallyTeamMonths(tx, plantId, plant, month, teams));
  }
}

/** What of a plant the sums hang on besides the sheets. */
const sumsOf = ({ monthStartsOn, mostSubstituted, units, teams }: Plant): string =>
  JSON.stringify([
    monthStartsOn,
    fractionText(mostSubstituted),
    [...units.values()].map(({ id, streams }) => [id, streams.map((s) => [s.id, s.role === 'fee' && s.answers])]),
    [...teams.keys()],
  ]);

/** Sums all open months anew when another model of the plant adds up otherwise. */
export async function sumUnderModel(
  { tx, plantId, plant, closed }: Omit<Ledgering, 'asOf'>,
  before: Plant,
): Promise<void> {
  if (sumsOf(before) === sumsOf(plant)) return;
  const pairs = new Map<string, { month: string; team: string }>();
  for (const { team, day } of await daysOfTeams(tx, plantId)) {
    const { text: month } = monthHolding(parseDay(day) as Day, plant.monthStartsOn);
    pairs.set(`${month} ${team}`, { month, team });
  }
  await sumTeamMonths({ tx, plantId, plant, closed }, [...pairs.values()]);
}
