// Who did better, fairly: Σ gain ÷ Σ counted hours within a league, symmetric, ties shared, off shift resting, and a second
// rank with the exclusions restored. Ranks teams from sheets already settled; knows no prices and no readings.

import { type Day, type Month, monthHolding, monthOf, type Plant, type Team } from './plant.ts';
import {
  add,
  compare,
  divide,
  minimum,
  multiply,
  type Ratio,
  ratio,
  roundRatio,
  subtract,
  sumExact,
  ZERO,
} from './quantity.ts';
import { medianLines, type RankedSheet, type StreamGain, type Tally, tallyTeams } from './ranking/tally.ts';
import type { Posting, Sheet } from './statement.ts';

export * from './ranking/pack.ts';
export * from './ranking/tally.ts';

export type PeriodKind = 'shift' | 'day' | 'week' | 'month-to-date' | 'month' | 'quarter' | 'year';

/** Accounting days `first … last`. */
export interface Period {
  readonly kind: PeriodKind;
  readonly first: Day;
  readonly last: Day;
}

/** The period of a kind that holds an accounting day; weeks begin on Monday, months, quarters and years by the month cut. */
export function periodHolding(plant: Plant, kind: PeriodKind, day: Day): Period {
  const month = monthHolding(day, plant.monthStartsOn);
  switch (kind) {
    case 'shift':
    case 'day':
      return { kind, first: day, last: day };
    case 'week': {
      const weekday = (((day + 3) % 7) + 7) % 7;
      return { kind, first: day - weekday, last: day - weekday + 6 };
    }
    case 'month-to-date':
      return { kind, first: month.first, last: day };
    case 'month':
      return { kind, first: month.first, last: month.last };
    case 'quarter': {
      const [year = '', number = ''] = month.text.split('-');
      const first = Math.floor((Number(number) - 1) / 3) * 3 + 1;
      return { kind, first: months(plant, year, first).first, last: months(plant, year, first + 2).last };
    }
    case 'year': {
      const year = month.text.slice(0, 4);
      return { kind, first: months(plant, year, 1).first, last: months(plant, year, 12).last };
    }
  }
}

const months = (plant: Plant, year: string, month: number): Month =>
  monthOf(`${year}-${String(month).padStart(2, '0')}`, plant.monthStartsOn) as Month;

/** Why a team has a rank, or none. */
export type Standing = 'ranked' | 'too-few-hours' | 'not-counted' | 'resting' | 'no-prior-period';

export interface RankRow {
  readonly team: string;
  readonly gainFen: number;
  readonly hours: Ratio;
  /** Fen per counted hour (of an unlike league: standard deviations); undefined without hours. */
  readonly score: Ratio | undefined;
  readonly standing: Standing;
  /** Equal scores share a rank: 1, 2, 2, 4. */
  readonly rank: number | undefined;
  /** With the excluded parts counted as if they had not been excluded. */
  readonly restored: {
    readonly gainFen: number;
    readonly hours: Ratio;
    readonly score: Ratio | undefined;
    readonly rank: number | undefined;
  };
  /** Share of hours that exclusions took. */
  readonly excludedShare: Ratio;
  readonly shifts: number;
  /** Shifts shown but not counted: too much substituted, or incomplete. */
  readonly shiftsNotCounted: number;
  readonly streams: readonly StreamGain[];
  /** To the best of the league, in fen over this team's own hours: what each stream makes of the gap; they sum to it. */
  readonly gap: { readonly fen: number; readonly streams: readonly StreamGain[] } | undefined;
}

export interface Board {
  readonly league: string;
  readonly period: Period;
  readonly rows: readonly RankRow[];
}

/** The frozen mean and deviation of a unit's score over a prior period, for leagues of unlike units. */
export interface Frozen {
  readonly mean: Ratio;
  readonly deviation: Ratio;
}

/**
 * The boards of a period: one per league, rows by rank. `sheets` are those of the period; `prior` those of the accounting
 * month before its first day, whole (medians for substituted lines, means and deviations for unlike units), and what lies
 * between it and the period; postings of periodic work by date.
 */
export function rankTeams(
  plant: Plant,
  period: Period,
  sheets: readonly RankedSheet[],
  prior: readonly RankedSheet[] = [],
  postings: readonly Posting[] = [],
): Board[] {
  const medians = medianLines(plant, [...prior, ...sheets]);
  const within = (day: Day): boolean => day >= period.first && day <= period.last;
  const tallies = tallyTeams(
    plant,
    sheets.filter(({ shift }) => within(shift.day)),
    medians,
    postings.filter(({ day }) => within(day)),
  );
  const before = monthBefore(plant, period);
  const priorTallies = tallyTeams(
    plant,
    prior.filter(({ shift }) => shift.day >= before.first && shift.day <= before.last),
    () => ZERO,
  );
  return boardsOf(plant, period, tallies, priorTallies);
}

/** The accounting month before a period's first day: by it unlike units are standardised. */
export const monthBefore = (plant: Plant, period: Period): Month =>
  monthHolding(monthHolding(period.first, plant.monthStartsOn).first - 1, plant.monthStartsOn);

/** The boards of a period from the tallies of its teams, and those of the month before. */
export function boardsOf(
  plant: Plant,
  period: Period,
  tallies: ReadonlyMap<string, Tally>,
  prior: ReadonlyMap<string, Tally>,
): Board[] {
  const boards: Board[] = [];
  for (const [league, members] of leaguesOf(plant, [...tallies.keys()])) {
    const unlike = plant.leagues.get(league)?.unlike ?? false;
    const frozen = unlike ? frozenScores(plant, prior) : undefined;
    boards.push({ league, period, rows: rankLeague(plant, members, tallies, frozen) });
  }
  return boards;
}

/** The leagues with the teams in them: a team belongs to the league of its first unit, a unit in none is its own. */
function leaguesOf(plant: Plant, seen: readonly string[]): Map<string, string[]> {
  const leagueOfUnit = new Map<string, string>();
  for (const league of plant.leagues.values()) for (const unit of league.units) leagueOfUnit.set(unit, league.id);
  const out = new Map<string, string[]>();
  const put = (unit: string, team: string): void => {
    const league = leagueOfUnit.get(unit) ?? unit;
    const members = out.get(league);
    if (!members) out.set(league, [team]);
    else if (!members.includes(team)) members.push(team);
  };
  const declared = new Map<string, Team>(plant.teams);
  for (const team of declared.values()) if (team.units[0] !== undefined) put(team.units[0], team.id);
  for (const team of seen) if (!declared.has(team)) put(team.slice(0, team.lastIndexOf('/')), team);
  return out;
}

/** A declared team's first unit; of a team `unit/crew` that nobody declared, its unit. */
const firstUnitOf = (plant: Plant, team: string): string =>
  plant.teams.get(team)?.units[0] ?? team.slice(0, team.lastIndexOf('/'));

function rankLeague(
  plant: Plant,
  members: readonly string[],
  tallies: ReadonlyMap<string, Tally>,
  frozen: ReadonlyMap<string, Frozen> | undefined,
): RankRow[] {
  const rows = members.map((team): RankRow => {
    const tally = tallies.get(team);
    const hours = tally?.hours ?? ZERO;
    const restoredHours = tally?.restoredHours ?? ZERO;
    const unit = firstUnitOf(plant, team);
    const norm = frozen?.get(unit);
    const scored = (fen: number, over: Ratio): Ratio | undefined => {
      if (over.n === 0n || (frozen && !norm)) return undefined;
      const raw = divide(ratio(fen), over);
      return norm ? divide(subtract(raw, norm.mean), norm.deviation) : ratio(raw.n, raw.d);
    };
    const few = hours.n === 0n || compare(hours, plant.leastHours) < 0;
    return {
      team,
      gainFen: tally?.gainFen ?? 0,
      hours,
      score: scored(tally?.gainFen ?? 0, hours),
      standing:
        !tally || tally.shifts === 0
          ? 'resting'
          : hours.n === 0n && tally.shiftsNotCounted > 0
            ? 'not-counted'
            : few
              ? 'too-few-hours'
              : frozen && !norm
                ? 'no-prior-period'
                : 'ranked',
      rank: undefined,
      restored: {
        gainFen: tally?.restoredFen ?? 0,
        hours: restoredHours,
        score: scored(tally?.restoredFen ?? 0, restoredHours),
        rank: undefined,
      },
      excludedShare: excludedShare(tally),
      shifts: tally?.shifts ?? 0,
      shiftsNotCounted: tally?.shiftsNotCounted ?? 0,
      streams: [...(tally?.streams.values() ?? [])],
      gap: undefined,
    };
  });
  const ranked = rows.filter((row) => row.standing === 'ranked');
  const first = ranks(ranked, (row) => row.score as Ratio);
  const second = ranks(ranked, (row) => row.restored.score ?? (row.score as Ratio));
  const best = ranked.find((row) => first.get(row.team) === 1);
  return rows
    .map((row) => ({
      ...row,
      rank: first.get(row.team),
      restored: { ...row.restored, rank: second.get(row.team) },
      gap: best && row.standing === 'ranked' && !frozen ? gapTo(best, row) : undefined,
    }))
    .sort(
      (a, b) =>
        (a.rank ?? Number.POSITIVE_INFINITY) - (b.rank ?? Number.POSITIVE_INFINITY) || (a.team < b.team ? -1 : 1),
    );
}

function excludedShare(tally: Tally | undefined): Ratio {
  if (!tally) return ZERO;
  const all = add(tally.excludedHours, tally.hours);
  return all.n === 0n ? ZERO : divide(tally.excludedHours, all);
}

/** Rank by descending score, equal ones sharing the smaller number. */
function ranks(rows: readonly RankRow[], score: (row: RankRow) => Ratio): Map<string, number> {
  const sorted = [...rows].sort((a, b) => compare(score(b), score(a)));
  const out = new Map<string, number>();
  for (const [i, row] of sorted.entries()) {
    const before = sorted[i - 1];
    out.set(row.team, before && compare(score(before), score(row)) === 0 ? (out.get(before.team) as number) : i + 1);
  }
  return out;
}

/**
 * What the best earned more per hour, times this team's hours: in all, and by stream. Exact shares of a fen are rounded so
 * that the streams still sum to the whole (largest remainder on the signed differences).
 */
function gapTo(best: RankRow, row: RankRow): NonNullable<RankRow['gap']> {
  const keys = new Map<string, StreamGain>();
  for (const stream of [...best.streams, ...row.streams]) keys.set(`${stream.unit} ${stream.key}`, stream);
  const scale = divide(row.hours, best.hours);
  const exact = [...keys].map(([key, stream]) => {
    const of = (r: RankRow): number => r.streams.find((s) => `${s.unit} ${s.key}` === key)?.fen ?? 0;
    return { stream, value: subtract(multiply(ratio(of(best)), scale), ratio(of(row))) };
  });
  const total = roundRatio(exact.reduce((sum, x) => add(sum, x.value), ZERO));
  const floors = exact.map(({ value }) => Number((value.n - (((value.n % value.d) + value.d) % value.d)) / value.d));
  const rests = exact.map(({ value }, i) => subtract(value, ratio(floors[i] as number)));
  let left = total - sumExact(floors);
  const order = rests.map((_, i) => i).sort((a, b) => compare(rests[b] as Ratio, rests[a] as Ratio) || a - b);
  const parts = [...floors];
  for (const i of order) {
    if (left <= 0) break;
    parts[i] = (parts[i] as number) + 1;
    left -= 1;
  }
  const streams = exact
    .map(({ stream }, i) => ({ key: stream.key, unit: stream.unit, fen: parts[i] as number }))
    .filter((s) => s.fen !== 0);
  return { fen: total, streams: streams.sort((a, b) => Math.abs(b.fen) - Math.abs(a.fen) || (a.key < b.key ? -1 : 1)) };
}

/**
 * The mean and standard deviation (n − 1, rounded down to a millionth of a fen per hour) of the scores of the teams whose
 * first unit it is, over a prior period: frozen, so that a unit's standardised gain does not depend on who it is compared
 * with today. Units with fewer than two teams, or without deviation, have none.
 */
export function frozenScores(plant: Plant, prior: ReadonlyMap<string, Tally>): Map<string, Frozen> {
  const scores = new Map<string, Ratio[]>();
  for (const { team, frozenFen, hours } of prior.values()) {
    if (hours.n === 0n) continue;
    const unit = firstUnitOf(plant, team);
    scores.set(unit, [...(scores.get(unit) ?? []), divide(ratio(frozenFen), hours)]);
  }
  const out = new Map<string, Frozen>();
  for (const [unit, list] of scores) {
    if (list.length < 2) continue;
    const mean = divide(list.reduce(add, ZERO), ratio(list.length));
    const squares = list.map((x) => subtract(x, mean)).reduce((sum, x) => add(sum, multiply(x, x)), ZERO);
    const variance = divide(squares, ratio(list.length - 1));
    const deviation = integerRoot((variance.n * 10n ** 12n) / variance.d);
    if (deviation > 0n) out.set(unit, { mean, deviation: ratio(deviation, 10n ** 6n) });
  }
  return out;
}

/** The greatest integer whose square is at most `n`. */
function integerRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

// ── benchmarks ─────────────────────────────────────────────────────────────────────────────────────────────────────

export type RungKind = 'own-mean' | 'own-best' | 'league-best' | 'plant-best' | 'budget' | 'reference';

/** One rung of the benchmark ladder of an input: a rate per unit of load output, and what reaching it would bring. */
export interface Rung {
  readonly kind: RungKind;
  readonly name: string;
  readonly rate: Ratio;
  /** (own mean − rung) × own output × plan price, in fen; positive is worth having. */
  readonly worthFen: number;
}

/**
 * The ladder of one input of one team over complete counted parts: own mean, own best shift, best crew of the unit, best of
 * all units that have the stream, what the standard allowed, and the references declared (design, industry).
 */
export function benchmarkLadder(
  plant: Plant,
  sheets: readonly Sheet[],
  team: string,
  unit: string,
  stream: string,
  load: string,
): Rung[] {
  const used = new Map<string, { used: Ratio; made: Ratio; allowed: Ratio; unit: string }>();
  let ownBest: Ratio | undefined;
  let price: Ratio = ZERO;
  let references: ReadonlyMap<string, Ratio> = new Map();
  for (const sheet of sheets) {
    const part = sheet.counted;
    const input = part?.inputs.find((i) => i.stream.id === stream);
    const output = part?.outputs.find((o) => o.stream.id === load);
    if (
      !part?.complete ||
      !input ||
      !output ||
      input.quantity.basis !== 'measured' ||
      (output.quantity.steps ?? 0) <= 0
    )
      continue;
    const quantity = multiply(ratio(input.used), input.stream.step.size);
    const made = multiply(ratio(output.quantity.steps as number), output.stream.step.size);
    const allowed = multiply(ratio(input.allowed.actual), input.stream.step.size);
    const key = `${sheet.shift.unit}/${sheet.shift.crew}/${sheet.team}`;
    const known = used.get(key) ?? { used: ZERO, made: ZERO, allowed: ZERO, unit: sheet.shift.unit };
    used.set(key, {
      used: add(known.used, quantity),
      made: add(known.made, made),
      allowed: add(known.allowed, allowed),
      unit: known.unit,
    });
    if (sheet.team !== team || sheet.shift.unit !== unit) continue;
    const rate = divide(quantity, made);
    ownBest = ownBest ? minimum(ownBest, rate) : rate;
    references = input.stream.references;
    const steps = part.prices.get(stream);
    if (steps !== undefined) price = multiply(multiply(ratio(steps), plant.priceStep.size), ratio(100));
  }
  const own = [...used].find(([key]) => key.startsWith(`${unit}/`) && key.endsWith(`/${team}`))?.[1];
  if (!own || !ownBest) return [];
  const rates = (keep: (u: { unit: string }) => boolean): Ratio[] =>
    [...used.values()].filter(keep).map((u) => divide(u.used, u.made));
  const best = (list: Ratio[]): Ratio => list.reduce(minimum);
  const mean = divide(own.used, own.made);
  const rungs: [RungKind, string, Ratio][] = [
    ['own-mean', '', mean],
    ['own-best', '', ownBest],
    ['league-best', '', best(rates((u) => u.unit === unit))],
    ['plant-best', '', best(rates(() => true))],
    ['budget', '', divide(own.allowed, own.made)],
  ];
  for (const [name, rate] of references) rungs.push(['reference', name, rate]);
  return rungs.map(([kind, name, rate]) => ({
    kind,
    name,
    rate: ratio(rate.n, rate.d),
    worthFen: roundRatio(multiply(multiply(subtract(mean, rate), own.made), price)),
  }));
}
