// (b) A company-year valued again: 190 teams × 1,095 shifts × 30 streams = 6.2 million quantities under new prices, every
// line of every sheet, every team ranked in its league every day and every month.
import type { DuckDBConnection } from '@duckdb/node-api';
import { type LineColumn, rankScores, replayLine } from '../src/statement.ts';
import { load, rows } from './duck.ts';

const SHIFTS = 1095;
const DAYS = 365;
const STREAMS = 30;
const LEAGUE = 5;
const MONTH_ENDS = [31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
const SCALE = { times: 1, by: 100_000 };

export interface Year {
  readonly teams: number;
  /** Team by team, stream by stream. */
  readonly lines: readonly LineColumn[];
  readonly prices: Float64Array;
}

/** Settled quantities from a seed: allowed about 200 t a shift, used within a few per cent of it. */
export function companyYear(teams: number): Year {
  let state = 2022;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
  const lines: LineColumn[] = [];
  for (let team = 0; team < teams; team += 1)
    for (let stream = 0; stream < STREAMS; stream += 1) {
      const allowed = new Float64Array(SHIFTS);
      const used = new Float64Array(SHIFTS);
      for (let s = 0; s < SHIFTS; s += 1) {
        allowed[s] = 150_000 + random(100_000);
        used[s] = allowed[s]! + random(8001) - 4000 - (team % LEAGUE) * 40;
      }
      lines.push({ stream: String(stream), allowed, used, sign: stream === 0 ? -1 : 1, scale: SCALE });
    }
  return { teams, lines, prices: Float64Array.from({ length: STREAMS }, (_, i) => 125_005 + i * 73_333) };
}

export interface Replayed {
  readonly fen: readonly Float64Array[];
  readonly daily: Uint8Array;
  readonly monthly: Uint8Array;
  readonly dailyGain: Float64Array;
}

/** Buffers are made once; a replay writes over them. */
export function replayer(year: Year): () => Replayed {
  const { teams, lines, prices } = year;
  const fen = lines.map(() => new Float64Array(SHIFTS));
  const gains = Array.from({ length: teams }, () => new Float64Array(SHIFTS));
  const dailyGain = new Float64Array(DAYS * teams);
  const monthlyGain = new Float64Array(12 * teams);
  const hours = new Float64Array(Math.max(DAYS, 12) * teams).fill(24);
  const daily = new Uint8Array(DAYS * teams);
  const monthly = new Uint8Array(12 * teams);
  const monthOfDay = Uint8Array.from({ length: DAYS }, (_, d) => MONTH_ENDS.findIndex((end) => d < end));
  return () => {
    monthlyGain.fill(0);
    for (let team = 0; team < teams; team += 1) {
      const own = gains[team]!;
      own.fill(0);
      for (let stream = 0; stream < STREAMS; stream += 1)
        replayLine(lines[team * STREAMS + stream]!, prices[stream]!, fen[team * STREAMS + stream]!, own);
      for (let day = 0; day < DAYS; day += 1) {
        const gain = own[3 * day]! + own[3 * day + 1]! + own[3 * day + 2]!;
        dailyGain[day * teams + team] = gain;
        const at = monthOfDay[day]! * teams + team;
        monthlyGain[at] = monthlyGain[at]! + gain;
      }
    }
    for (let row = 0; row < DAYS + 12; row += 1) {
      const [source, target, at] =
        row < DAYS ? [dailyGain, daily, row * teams] : [monthlyGain, monthly, (row - DAYS) * teams];
      for (let first = 0; first < teams; first += LEAGUE)
        rankScores(source, hours, target, at + first, at + Math.min(first + LEAGUE, teams));
    }
    return { fen, daily, monthly, dailyGain };
  };
}

export async function prepareDuck(duck: DuckDBConnection, year: Year): Promise<void> {
  const { lines, teams } = year;
  const count = lines.length * SHIFTS;
  const column = (of: (line: number, shift: number) => number): Int32Array => {
    const out = new Int32Array(count);
    for (let l = 0; l < lines.length; l += 1) for (let s = 0; s < SHIFTS; s += 1) out[l * SHIFTS + s] = of(l, s);
    return out;
  };
  await load(duck, 'quantities', {
    team: column((l) => Math.floor(l / STREAMS)),
    stream: column((l) => l % STREAMS),
    shift: column((_, s) => s),
    allowed: column((l, s) => lines[l]!.allowed[s]!),
    used: column((l, s) => lines[l]!.used[s]!),
  });
  await load(duck, 'prices', {
    stream: Int32Array.from({ length: STREAMS }, (_, i) => i),
    price: year.prices,
    sign: Int32Array.from({ length: STREAMS }, (_, i) => (i === 0 ? -1 : 1)),
  });
  await load(duck, 'months', {
    day: Int32Array.from({ length: DAYS }, (_, d) => d),
    month: Int32Array.from({ length: DAYS }, (_, d) => MONTH_ENDS.findIndex((end) => d < end)),
  });
  if (teams === 0) throw new Error('no teams');
}

// Two ways to round half-even in SQL; the faster one counts.
const ROUNDINGS: Readonly<Record<string, (n: string) => string>> = {
  integers: (n) =>
    `((${n}) // 100000 + case when 2 * ((${n}) % 100000) > 100000 or (2 * ((${n}) % 100000) = 100000 and ((${n}) // 100000) % 2 = 1) then 1 else 0 end)`,
  doubles: (n) => `round_even((${n})::double / 100000, 0)::bigint`,
};

export const ways = Object.keys(ROUNDINGS);

export async function replayDuck(duck: DuckDBConnection, way: string): Promise<void> {
  const round = ROUNDINGS[way]!;
  await duck.run(`create or replace temp table lines as
    select team, stream, shift, sign * (${round('allowed * price')} - ${round('used * price')}) fen from quantities join prices using (stream)`);
  await duck.run(
    `create or replace temp table days as select team, shift // 3 as day, sum(fen)::bigint gain from lines group by 1, 2`,
  );
  await duck.run(
    `create or replace temp table daily as select team, day, gain, rank() over (partition by team // ${LEAGUE}, day order by gain desc) r from days`,
  );
  await duck.run(`create or replace temp table monthly as select team, month, gain, rank() over (partition by team // ${LEAGUE}, month order by gain desc) r
    from (select team, month, sum(gain) gain from days join months using (day) group by 1, 2)`);
}

/** How many lines, daily and monthly ranks differ between both sides. */
export async function differences(duck: DuckDBConnection, year: Year, ours: Replayed): Promise<number> {
  let differ = 0;
  for (const [team, day, gain, rank] of await rows(duck, 'select team, day, gain, r from daily'))
    if (ours.dailyGain[day! * year.teams + team!] !== gain || ours.daily[day! * year.teams + team!] !== rank)
      differ += 1;
  for (const [team, month, rank] of await rows(duck, 'select team, month, r from monthly'))
    if (ours.monthly[month! * year.teams + team!] !== rank) differ += 1;
  // Every line through sums that an error of one fen anywhere would change: per stream, and weighted by shift.
  const sums = await rows(
    duck,
    'select team, stream, sum(fen)::bigint, sum(fen * (shift % 97))::bigint from lines group by 1, 2',
  );
  for (const [team, stream, sum, weighted] of sums) {
    let [own, ownWeighted] = [0, 0];
    const fen = ours.fen[team! * STREAMS + stream!]!;
    for (let s = 0; s < SHIFTS; s += 1) {
      own += fen[s]!;
      ownWeighted += fen[s]! * (s % 97);
    }
    if (own !== sum || ownWeighted !== weighted) differ += 1;
  }
  return differ;
}
