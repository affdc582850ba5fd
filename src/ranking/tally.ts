// What a team's shifts add up to, as ranking counts them: sums that can be kept and added up again, so that a year's board
// needs no sheet. It does not rank, and it knows no prices.
import { type Day, type Month, monthHolding, type Plant, teamOf } from '../plant.ts';
import {
  add,
  compare,
  type Instant,
  minimum,
  multiply,
  ONE,
  type Ratio,
  ratio,
  roundRatio,
  subtract,
  ZERO,
} from '../quantity.ts';
import type { Line, Part, Posting } from '../statement.ts';

/** Of a line what ranking needs. */
export type RankedLine = Pick<Line, 'key' | 'crewFen' | 'weakMs' | 'weakOfMs'>;

/** Of a part what ranking needs. */
export interface RankedPart extends Pick<Part, 'complete' | 'weakShare' | 'hours'> {
  readonly lines: readonly RankedLine[];
}

/** Of a sheet what ranking needs: a sheet will do, and so does what a ledger keeps of it. */
export interface RankedSheet {
  readonly team: string;
  readonly shift: { readonly unit: string; readonly crew: string; readonly day: Day; readonly from: Instant };
  readonly counted: RankedPart | undefined;
  readonly excluded: RankedPart | undefined;
}

/** What a stream (or another line) brought a team over a period. */
export interface StreamGain {
  /** The line's key without its unit: `usage.steam`. */
  readonly key: string;
  readonly unit: string;
  readonly fen: number;
}

/** The sums of a team over some shifts. */
export interface Tally {
  readonly team: string;
  gainFen: number;
  /** The gain with substitutes at nought and without postings: what unlike units are standardised by. */
  frozenFen: number;
  hours: Ratio;
  restoredFen: number;
  restoredHours: Ratio;
  excludedHours: Ratio;
  shifts: number;
  shiftsNotCounted: number;
  readonly streams: Map<string, StreamGain & { fen: number }>;
}

export const tallyOf = (tallies: Map<string, Tally>, team: string): Tally => {
  let tally = tallies.get(team);
  if (!tally) {
    tally = {
      team,
      gainFen: 0,
      frozenFen: 0,
      hours: ZERO,
      restoredFen: 0,
      restoredHours: ZERO,
      excludedHours: ZERO,
      shifts: 0,
      shiftsNotCounted: 0,
      streams: new Map(),
    };
    tallies.set(team, tally);
  }
  return tally;
};

/** A sheet that may be ranked: complete, and not resting on more substitutes than the plant allows. */
export const counts = (plant: Plant, part: RankedPart): boolean =>
  part.complete && compare(part.weakShare, plant.mostSubstituted) <= 0;

function tallySheet(plant: Plant, tally: Tally, sheet: RankedSheet, medians: Medians): void {
  const { counted, excluded } = sheet;
  tally.shifts += 1;
  if (excluded) tally.excludedHours = add(tally.excludedHours, excluded.hours);
  const counting = counted && counts(plant, counted) ? counted : undefined;
  if (counted && !counting) tally.shiftsNotCounted += 1;
  if (counting) {
    for (const line of counting.lines) {
      const fen = rankedFen(line, medians(sheet, line));
      tally.frozenFen += rankedFen(line, ZERO);
      tally.gainFen += fen;
      tally.restoredFen += fen;
      if (line.crewFen !== 0 || fen !== 0) addStream(tally, { key: line.key, unit: sheet.shift.unit, fen });
    }
    tally.hours = add(tally.hours, counting.hours);
    tally.restoredHours = add(tally.restoredHours, counting.hours);
  }
  if (excluded && counts(plant, excluded)) {
    for (const line of excluded.lines) tally.restoredFen += rankedFen(line, medians(sheet, line));
    tally.restoredHours = add(tally.restoredHours, excluded.hours);
  }
}

const addStream = (tally: Tally, gain: StreamGain): void => {
  const key = `${gain.unit} ${gain.key}`;
  const known = tally.streams.get(key);
  if (known) known.fen += gain.fen;
  else tally.streams.set(key, { ...gain });
};

/** (1 − s) × amount + s × min(0, m): what rests on substitutes never ranks above zero or the team's own median. */
export function rankedFen(line: RankedLine, median: Ratio): number {
  if (line.weakMs === 0 || line.weakOfMs === 0) return line.crewFen;
  const share = minimum(ratio(line.weakMs, line.weakOfMs), ONE);
  const kept = multiply(subtract(ONE, share), ratio(line.crewFen));
  return roundRatio(add(kept, multiply(share, minimum(ZERO, median))));
}

/** The team's median of a line over the accounting month before a sheet's own; 0 without one. */
export type Medians = (sheet: RankedSheet, line: RankedLine) => Ratio;

/** Medians of what the crews answered for, over the counted parts that could be ranked; a sheet given twice counts once. */
export function medianLines(plant: Plant, sheets: readonly RankedSheet[]): Medians {
  const monthOfDay = new Map<Day, Month>();
  const holding = (day: Day): Month => {
    const month = monthOfDay.get(day) ?? monthHolding(day, plant.monthStartsOn);
    monthOfDay.set(day, month);
    return month;
  };
  const keyOf = (sheet: RankedSheet, line: RankedLine, month: Month): string =>
    `${month.text} ${sheet.team} ${sheet.shift.unit} ${line.key}`;
  const values = new Map<string, number[]>();
  const seen = new Set<string>();
  for (const sheet of sheets) {
    const { counted, shift } = sheet;
    const key = `${shift.unit} ${shift.from} ${shift.crew}`;
    if (!counted || seen.has(key) || !counts(plant, counted)) continue;
    seen.add(key);
    for (const line of counted.lines) {
      const lineKey = keyOf(sheet, line, holding(shift.day));
      const list = values.get(lineKey);
      if (list) list.push(line.crewFen);
      else values.set(lineKey, [line.crewFen]);
    }
  }
  return (sheet, line) => {
    const list = values.get(keyOf(sheet, line, holding(holding(sheet.shift.day).first - 1)));
    return list ? median(list) : ZERO;
  };
}

function median(list: number[]): Ratio {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return ratio(sorted[middle] as number);
  return ratio((sorted[middle - 1] as number) + (sorted[middle] as number), 2);
}

/** The tallies of the teams that `sheets` and `postings` name. */
export function tallyTeams(
  plant: Plant,
  sheets: readonly RankedSheet[],
  medians: Medians,
  postings: readonly Posting[] = [],
): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const sheet of sheets) tallySheet(plant, tallyOf(tallies, sheet.team), sheet, medians);
  for (const posting of postings)
    if (answers(plant, posting) === 'crew') {
      const tally = tallyOf(tallies, teamOf(plant, posting.unit, posting.crew));
      tally.gainFen -= posting.fen;
      tally.restoredFen -= posting.fen;
      addStream(tally, { key: `periodic.${posting.stream}`, unit: posting.unit, fen: -posting.fen });
    }
  return tallies;
}

const answers = (plant: Plant, posting: Posting): string | undefined => {
  const stream = plant.units.get(posting.unit)?.streams.find((s) => s.id === posting.stream);
  return stream?.role === 'fee' ? stream.answers : undefined;
};

/** Adds the sums of `more` to `to`. */
export function addTally(to: Tally, more: Tally): void {
  to.gainFen += more.gainFen;
  to.hours = add(to.hours, more.hours);
  to.restoredFen += more.restoredFen;
  to.restoredHours = add(to.restoredHours, more.restoredHours);
  to.excludedHours = add(to.excludedHours, more.excludedHours);
  to.frozenFen += more.frozenFen;
  to.shifts += more.shifts;
  to.shiftsNotCounted += more.shiftsNotCounted;
  for (const stream of more.streams.values()) addStream(to, stream);
}

/** Whether what a sheet counts depends on the month before: some line of it rests on substitutes. */
export const restsOnMedians = ({ counted, excluded }: RankedSheet): boolean =>
  [counted, excluded].some((part) => part?.lines.some((line) => line.weakMs !== 0));
