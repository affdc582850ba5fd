// A synthetic alumina refinery of 8 to 190 teams in 2022, from a seed: `generateRefinery` gives its text and its raw rows.
// Same options, same bytes, on any machine; a longer window or more teams change nothing of what both hold. It settles
// nothing: the reported cases are in the meters (cases.ts), and settling has to find them.
//
//   areas.ts   units, streams, prices      roster.ts   clocks, rotations, days      process.ts   a process unit's year
//   cases.ts   what was reported           support.ts  repair, communications        text.ts      plant.yaml, prices
import { chanceOf } from '../../src/simulate/chance.ts';
import { writeCsv } from '../../src/simulate/write.ts';
import { catalogue, chooseTeams, type ProcessUnit, type SupportUnit } from './catalogue.ts';
import {
  cumulativeAt,
  drawEvents,
  edgesOf,
  type Fact,
  faceText,
  type Gauge,
  type Process,
  runUnit,
} from './process.ts';
import {
  DAY,
  dayAt,
  dayNumber,
  formatStamp,
  HOUR,
  MINUTE,
  midnightOf,
  ROTATIONS,
  shiftsOf,
  YEAR_END,
  YEAR_FIRST,
} from './roster.ts';
import { runSupport, type Support } from './support.ts';
import { plantText, priceTable } from './text.ts';

export interface RefineryOptions {
  /** 8 … 190. */
  readonly teams: number;
  /** First accounting day, in 2022. */
  readonly from?: string;
  /** Accounting days, ending at the latest with 2022. */
  readonly days?: number;
  readonly seed?: number;
  /** The last so many days are read every minute. */
  readonly minuteDays?: number;
}

/** One row of readings.csv. */
export interface ReadingRow {
  readonly point: string;
  readonly time: string;
  readonly value: string;
}

export interface Refinery {
  /** plant.yaml and the tables; readings are not among them. */
  readonly files: ReadonlyMap<string, string>;
  /** A stream in order of day; may be walked more than once. */
  readonly readings: Iterable<ReadingRow>;
  readonly teams: number;
  readonly members: number;
  readonly partyMembers: number;
}

interface Window {
  readonly from: number;
  readonly to: number;
  readonly minutesFrom: number;
}

/** @throws RangeError for a number of teams, days or a first day out of range. */
export function generateRefinery(options: RefineryOptions): Refinery {
  const { teams, from = '2022-03-01', days = 31, seed = 2022, minuteDays = 0 } = options;
  if (!Number.isInteger(teams) || teams < 8 || teams > 190) throw new RangeError(`teams: 8 … 190, not ${teams}`);
  const first = /^2022-\d\d-\d\d$/.test(from) ? dayNumber(from) : Number.NaN;
  if (!(first >= YEAR_FIRST && first < YEAR_END)) throw new RangeError(`from: a day of 2022, not ${from}`);
  if (!Number.isInteger(days) || days < 1 || first + days > YEAR_END)
    throw new RangeError(`days: from ${from} at most ${YEAR_END - first}, not ${days}`);
  if (!Number.isInteger(minuteDays) || minuteDays < 0 || minuteDays > days)
    throw new RangeError(`minute days: 0 … ${days}, not ${minuteDays}`);
  // A night shift may begin before its day, a twelve-hour shift ends the morning after.
  const window: Window = {
    from: midnightOf(first) - HOUR,
    to: midnightOf(first + days) + 8 * HOUR + MINUTE,
    minutesFrom: minuteDays === 0 ? Number.POSITIVE_INFINITY : midnightOf(first + days - minuteDays),
  };
  const chosen = chooseTeams(catalogue(), teams);
  const processes = runProcesses(chosen.processes, seed);
  const supports = chosen.supports.map((unit) => ({ unit, support: runOf(unit, seed) }));
  const facts = [...processes.map((p) => p.process.facts), ...supports.map((s) => s.support.facts)].flat();
  const files = new Map([
    ['plant.yaml', plantText(chosen)],
    ['prices.csv', priceTable(chosen)],
    ...writeFacts(facts, window),
  ]);
  const readings = { [Symbol.iterator]: () => readAll(processes, supports, window) };
  const all = [...chosen.processes.flatMap((u) => u.teams), ...chosen.supports.map((u) => u.team)];
  const sum = (of: (team: (typeof all)[number]) => number): number => all.reduce((s, team) => s + of(team), 0);
  return { files, readings, teams, members: sum((t) => t.members), partyMembers: sum((t) => t.partyMembers) };
}

const runOf = (unit: SupportUnit, seed: number): Support =>
  runSupport({ ...unit, shifts: shiftsOf('day'), chance: chanceOf(seed).fork(unit.id) });

/** Runs what takes a flow before what makes it: the maker's meter counts what the taker used. */
function runProcesses(units: readonly ProcessUnit[], seed: number): { unit: ProcessUnit; process: Process }[] {
  const plant = chanceOf(seed);
  const done = new Map<string, Process>();
  const eventsOf = (unit: ProcessUnit) =>
    drawEvents(unit.area, unit.id, shiftsOf(unit.rotation), plant.fork(`events ${unit.id}`));
  const run = (unit: ProcessUnit, taken?: Float64Array): void => {
    const shifts = shiftsOf(unit.rotation);
    const events = eventsOf(unit);
    const edges = edgesOf(shifts, unit.partner ? [events, eventsOf(unit.partner)] : [events]);
    const crews = ROTATIONS[unit.rotation].crews;
    const joined = unit.partner !== undefined && units.includes(unit.partner);
    done.set(unit.id, runUnit({ ...unit, crews, shifts, events, edges, chance: plant.fork(unit.id), taken, joined }));
  };
  const makes = (unit: ProcessUnit): boolean => unit.area.flow !== undefined;
  for (const unit of units.filter((u) => !makes(u))) run(unit);
  for (const unit of units.filter(makes)) {
    if (unit.partner && !done.has(unit.partner.id)) run(unit.partner);
    const taker = unit.partner && done.get(unit.partner.id);
    run(unit, taker?.taken);
  }
  return units.map((unit) => ({ unit, process: done.get(unit.id)! }));
}

const COLUMNS: Readonly<Record<Fact['table'], readonly string[]>> = {
  orders: ['id', 'unit', 'from', 'to', 'rate', 'recorded_at', 'by'],
  exclusions: ['id', 'unit', 'from', 'to', 'reason', 'recorded_at', 'approved_by'],
  fees: ['id', 'unit', 'stream', 'time', 'amount', 'kind', 'recorded_at'],
  swaps: ['id', 'unit', 'day', 'shift', 'crew', 'recorded_at', 'reason', 'approved_by'],
  replacements: ['id', 'point', 'time', 'old_final', 'new_first', 'recorded_at'],
  confirmations: ['id', 'point', 'time', 'recorded_at', 'by'],
  samples: ['id', 'point', 'time', 'value', 'recorded_at'],
};

function writeFacts(facts: readonly Fact[], window: Window): [string, string][] {
  const tables = Object.keys(COLUMNS) as Fact['table'][];
  return tables.flatMap((table): [string, string][] => {
    const cycle = (fact: Fact): boolean => fact.row.kind === 'cycle';
    const rows = facts.filter(
      (f) => f.table === table && f.at < window.to && (f.at >= window.from || (cycle(f) && f.at >= 0)),
    );
    return rows.length === 0
      ? []
      : [
          [
            `${table}.csv`,
            writeCsv(
              COLUMNS[table],
              rows.map(({ row }) => row),
            ),
          ],
        ];
  });
}

// ── readings ───────────────────────────────────────────────────────────────────────────────────────────────────────

function* readAll(
  processes: readonly { readonly process: Process }[],
  supports: readonly { readonly support: Support }[],
  window: Window,
): Generator<ReadingRow> {
  const edgeAt = processes.map(() => 0);
  const rowAt = supports.map(() => 0);
  for (let day = dayAt(window.from); midnightOf(day) < window.to; day += 1) {
    const [from, to] = [Math.max(window.from, midnightOf(day)), Math.min(window.to, midnightOf(day) + DAY)];
    for (const [i, { process }] of processes.entries()) {
      const { edges, gauges } = process;
      let at = edgeAt[i]!;
      while (at < edges.length && edges[at]! < from) at += 1;
      const begin = at;
      while (at < edges.length && edges[at]! < to) at += 1;
      edgeAt[i] = at;
      if (from >= window.minutesFrom) yield* readMinutes(edges, gauges, from, to);
      else yield* readEdges(edges, gauges, begin, at);
    }
    for (const [i, { support }] of supports.entries()) {
      const rows = support.readings;
      let at = rowAt[i]!;
      while (at < rows.length && rows[at]!.at < from) at += 1;
      for (; at < rows.length && rows[at]!.at < to; at += 1) {
        const row = rows[at]!;
        yield { point: row.point, time: formatStamp(row.at), value: row.value };
      }
      rowAt[i] = at;
    }
  }
}

function* readEdges(edges: Float64Array, gauges: readonly Gauge[], begin: number, end: number): Generator<ReadingRow> {
  for (let j = begin; j < end; j += 1) {
    const time = formatStamp(edges[j]!);
    for (const gauge of gauges)
      if (!gauge.unread.has(j)) yield { point: gauge.id, time, value: valueText(gauge, gauge.at[j]!, edges[j]!) };
  }
}

function* readMinutes(edges: Float64Array, gauges: readonly Gauge[], from: number, to: number): Generator<ReadingRow> {
  const last = edges.at(-1)!;
  for (let at = Math.max(from, edges[0]!); at < to && at <= last; at += MINUTE) {
    const time = formatStamp(at);
    for (const gauge of gauges)
      yield { point: gauge.id, time, value: valueText(gauge, cumulativeAt(gauge, edges, at), at) };
  }
}

const valueText = (gauge: Gauge, reached: number, at: number): string => faceText(gauge, reached, at);

/** The text of readings.csv in pieces of some thousand rows. */
export function* readingsText(readings: Iterable<ReadingRow>): Generator<string> {
  let piece = 'point,time,value\n';
  let rows = 0;
  for (const { point, time, value } of readings) {
    piece += `${point},${time},${value}\n`;
    rows += 1;
    if (rows % 4096 !== 0) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}
