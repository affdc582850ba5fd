// The boards of a period from what the ledger keeps: days and weeks from their shifts, months and longer from sums of months;
// and any of them as it was posted by a past instant.
import { type Day, formatDay, type Month, monthHolding, type Plant, parseDay } from '../plant.ts';
import { ZERO } from '../quantity.ts';
import {
  addTally,
  type Board,
  boardsOf,
  medianLines,
  monthBefore,
  type PackedSheet,
  type Period,
  type RankedSheet,
  restsOnMedians,
  type Tally,
  tallyTeams,
  unpackSheet,
  unpackTally,
} from '../ranking.ts';
import type { Queryable } from '../store/database.ts';
import { closedMonths } from '../store/months.ts';
import { asPostings, readRanked, readRankedAsOf, readTeamEntries, readTeamMonths } from '../store/standings.ts';

/** The boards of a period under a plant's leagues; `asOf`: as posted by then. */
export async function readBoards(
  db: Queryable,
  plantId: number,
  plant: Plant,
  period: Period,
  asked?: number,
): Promise<Board[]> {
  // Ranks of a closed month stand as they were when it was closed.
  const closed = (await closedMonths(db, plantId)).find(
    ({ month }) => month === monthHolding(period.last, plant.monthStartsOn).text,
  );
  const whole = ['month', 'quarter', 'year'].includes(period.kind);
  const asOf = closed && !whole ? Math.min(asked ?? closed.closedAt, closed.closedAt) : asked;
  const before = monthBefore(plant, period);
  const months = wholeMonths(plant, period);
  const unlike = [...plant.leagues.values()].some((league) => league.unlike);
  if (asOf === undefined && months) {
    const tallies = await tallyMonths(db, plantId, months);
    const prior = unlike ? await tallyMonths(db, plantId, [before]) : new Map();
    return boardsOf(plant, period, tallies, prior);
  }
  const read = async (first: Day, last: Day, teams?: readonly string[]): Promise<RankedSheet[]> => {
    const span = { from: formatDay(first), to: formatDay(last) };
    const packed: PackedSheet[] =
      asOf === undefined
        ? await readRanked(db, plantId, { ...span, ...(teams ? { teams } : {}) })
        : await readRankedAsOf(db, plantId, { ...span, asOf });
    return packed.map(unpackSheet);
  };
  const sheets = await read(period.first, period.last);
  const weak = [...new Set(sheets.filter(restsOnMedians).map(({ team }) => team))];
  // A sheet's medians are those of the month before its own, which may begin earlier than the month before the period.
  const firstOfAll = monthHolding(monthHolding(period.first, plant.monthStartsOn).first - 1, plant.monthStartsOn).first;
  const history = weak.length === 0 ? [] : await read(firstOfAll, period.first - 1, weak);
  const entries = await readTeamEntries(db, plantId, {
    from: formatDay(period.first),
    to: formatDay(period.last),
    kind: 'cycle',
  });
  const postings = asPostings(entries, (day) => parseDay(day) as Day);
  const tallies = tallyTeams(plant, sheets, medianLines(plant, [...history, ...sheets]), postings);
  const prior = unlike
    ? asOf === undefined
      ? await tallyMonths(db, plantId, [before])
      : tallyTeams(plant, await read(before.first, before.last), () => ZERO)
    : new Map();
  return boardsOf(plant, period, tallies, prior);
}

/** The accounting months that a period is made of; undefined when it cuts one. */
function wholeMonths(plant: Plant, period: Period): Month[] | undefined {
  if (!['month', 'quarter', 'year'].includes(period.kind)) return undefined;
  const months: Month[] = [];
  for (let day = period.first; day <= period.last; ) {
    const month = monthHolding(day, plant.monthStartsOn);
    months.push(month);
    day = month.last + 1;
  }
  return months;
}

async function tallyMonths(db: Queryable, plantId: number, months: readonly Month[]): Promise<Map<string, Tally>> {
  const rows = await readTeamMonths(
    db,
    plantId,
    months.map(({ text }) => text),
  );
  const out = new Map<string, Tally>();
  for (const { tally } of rows) {
    const one = unpackTally(tally);
    const known = out.get(one.team);
    if (known) addTally(known, one);
    else out.set(one.team, one);
  }
  return out;
}
