// Periodic work (washing, acid cleaning): each shift accrues a standard cost per hour run, and when a cycle ends, what it
// really cost beyond that is split over the cycle's shifts by hours run, as postings that leave their sheets as they stand.

import type { Day, FeeStream, Shift, Unit } from '../plant.ts';
import {
  add,
  multiply,
  ONE,
  type Ratio,
  ratio,
  splitLargestRemainder,
  stepOf,
  sumExact,
  toSteps,
  ZERO,
} from '../quantity.ts';
import type { Books } from './books.ts';
import type { Part } from './sheet.ts';

/** A cycle's difference for one shift that ran in it: positive is a cost. */
export interface Posting {
  /** The fact that closed the cycle. */
  readonly cycle: string;
  readonly unit: string;
  readonly stream: string;
  readonly crew: string;
  /** The accounting day it is dated on, and the shift it names. */
  readonly day: Day;
  readonly forDay: Day;
  readonly forShift: string;
  readonly fen: number;
}

const CENT = stepOf(ratio(1, 100));

/** Of a settled shift what a cycle needs: the hours run of its parts. */
export interface RunHours {
  readonly counted: Pick<Part, 'hoursRun'> | undefined;
  readonly excluded: Pick<Part, 'hoursRun'> | undefined;
}

/**
 * The postings of every cycle that ends on the accounting days `first … last`. `settle` gives the sheet of a shift, which
 * may lie long before; `metered` is the instant of the plant's first reading, where the books do not reach back to it.
 */
export function periodicPostings(
  books: Books,
  first: Day,
  last: Day,
  settle: (shift: Shift) => RunHours,
  { units = books.plant.units.values(), metered = firstReading(books) }: PeriodicOptions = {},
): Posting[] {
  const out: Posting[] = [];
  if (metered === undefined) return out;
  for (const unit of units)
    for (const stream of unit.streams)
      if (stream.role === 'fee' && stream.periodic)
        out.push(...ofStream(books, unit, stream, first, last, settle, metered));
  return out;
}

export interface PeriodicOptions {
  readonly units?: Iterable<Unit>;
  readonly metered?: number | undefined;
}

function ofStream(
  books: Books,
  unit: Unit,
  stream: FeeStream,
  first: Day,
  last: Day,
  settle: (shift: Shift) => RunHours,
  metered: number,
): Posting[] {
  const cycles = (books.fees.get(`${unit.id} ${stream.id}`) ?? [])
    .filter((fee) => fee.cycle)
    .sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
  const out: Posting[] = [];
  for (const [i, cycle] of cycles.entries()) {
    const holding = books.shiftsDuring(unit, { from: cycle.time, to: cycle.time + 1 })[0];
    const day = holding?.day ?? books.plant.zone.dayAt(cycle.time);
    if (day < first || day > last) continue;
    const start = cycles[i - 1]?.time ?? Number.NEGATIVE_INFINITY;
    const shifts = shiftsStarting(books, unit, start, cycle.time, metered);
    const runs: Ratio[] = [];
    const accrued: number[] = [];
    for (const shift of shifts) {
      const sheet = settle(shift);
      let hours = ZERO;
      let fen = 0;
      for (const part of [sheet.counted, sheet.excluded]) {
        if (!part) continue;
        hours = add(hours, part.hoursRun);
        fen += toSteps(multiply(stream.periodic as Ratio, part.hoursRun), CENT);
      }
      runs.push(hours);
      accrued.push(fen);
    }
    if (shifts.length === 0) continue;
    const weights = runs.every((run) => run.n === 0n) ? runs.map(() => ONE) : runs;
    const split = splitLargestRemainder(cycle.fen - sumExact(accrued), weights);
    for (const [at, shift] of shifts.entries())
      out.push({
        cycle: cycle.id,
        unit: unit.id,
        stream: stream.id,
        crew: shift.crew,
        day,
        forDay: shift.day,
        forShift: shift.code,
        fen: split[at] as number,
      });
  }
  return out;
}

/**
 * The unit's shifts whose start lies in `[from, to)`, none that ended before the plant's first reading: nothing is known
 * of a time before the meters, and a rotation may have been declared from years ago.
 */
function shiftsStarting(books: Books, unit: Unit, from: number, to: number, metered: number): Shift[] {
  const { zone } = books.plant;
  const begin = unit.rotation.periods[0]?.from ?? Number.POSITIVE_INFINITY;
  const firstDay = Math.max(begin, zone.dayAt(Math.max(from, metered)) - 2);
  const out: Shift[] = [];
  for (let day = firstDay; day <= zone.dayAt(to) + 2; day += 1)
    for (const shift of books.shiftsOn(unit, day))
      if (shift.from >= from && shift.from < to && shift.to > metered) out.push(shift);
  return out.sort((a, b) => a.from - b.from);
}

/** The instant of the first reading of any point as known, undefined when there is none. */
function firstReading(books: Books): number | undefined {
  const firsts = books.series.map(({ times }) => times[0]).filter((at) => at !== undefined);
  return firsts.length === 0 ? undefined : Math.min(...firsts);
}
