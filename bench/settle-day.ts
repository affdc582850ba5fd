// (a) A company-day settled from rows in arrival order: 2,000 points × 1,440 readings, 570 sheets, every line.
// Both sides start from the same resident rows; grouping, putting in order, duplicates and corrections are inside the clock.
import type { DuckDBConnection } from '@duckdb/node-api';
import { openBooks, type Sheet, settleShift, shiftsBetween } from '../src/statement.ts';
import { BUDGET, type companyDay, fixedOf, MIDNIGHT, OUTPUT_PRICE, priceOf, standardOf } from './company-day.ts';
import { load, MACROS, rows } from './duck.ts';

const SHIFT_MS = 8 * 3_600_000;
const DAY = Math.floor((MIDNIGHT + SHIFT_MS) / 86_400_000);
const CODES = ['夜', '早', '中'];

/** Lines as `unit shift input` → fen; input −1 is the volume line. */
export type Lines = ReadonlyMap<string, number>;

export type CompanyDay = ReturnType<typeof companyDay>;

export function settleOurs({ plant, facts, log }: CompanyDay): Sheet[] {
  const books = openBooks(plant, facts, log, Number.POSITIVE_INFINITY);
  return shiftsBetween(books, DAY, DAY).map((shift) => settleShift(books, shift));
}

export function linesOfSheets(sheets: readonly Sheet[]): Lines {
  const out = new Map<string, number>();
  for (const { shift, counted } of sheets)
    for (const line of counted?.lines ?? []) {
      const input = line.kind === 'usage' ? Number(line.stream?.slice(3)) : line.kind === 'volume' ? -1 : undefined;
      if (input !== undefined)
        out.set(`${Number(shift.unit.slice(5))} ${CODES.indexOf(shift.code)} ${input}`, line.fen);
    }
  return out;
}

/** Loads the rows and the plant's figures as tables. */
export async function prepareDuck(duck: DuckDBConnection, { log, plant }: CompanyDay): Promise<void> {
  await load(duck, 'readings', { point: log.point, t: log.time, v: log.value, learnt: log.learnt });
  const count = plant.points.length;
  const unit = new Int32Array(count);
  const input = new Int32Array(count);
  for (const [i, { id }] of plant.points.entries()) {
    const [kind, u, n] = id.split('-');
    unit[i] = Number(u);
    input[i] = kind === 'W' ? -1 : Number(n);
  }
  await load(duck, 'points', { point: Int32Array.from({ length: count }, (_, i) => i), unit, input });
  const standards = Array.from({ length: 10 }, (_, i) => [
    i,
    Math.round(Number(standardOf(i)) * 10_000),
    fixedOf(i),
    Math.round(Number(priceOf(i)) * 10_000),
  ]);
  await load(duck, 'standards', {
    input: Int32Array.from(standards, (s) => s[0]!),
    std: Float64Array.from(standards, (s) => s[1]!),
    fixed: Float64Array.from(standards, (s) => s[2]!),
    price: Float64Array.from(standards, (s) => s[3]!),
  });
  await duck.run(MACROS);
}

// Steam per t of water by load: linear between four points, rounded to 0.00001; load is Q ÷ 8 h in 0.001 t/h.
const curve = (q: string): string => {
  const at = [60, 90, 110, 130];
  const to = [29_000, 27_200, 26_500, 27_000];
  const pieces = at.slice(1).map((x2, i) => {
    const [x1, y1, y2] = [at[i]!, to[i]!, to[i + 1]!];
    // y1 + (y2 − y1) × (q/8000 − x1) ÷ (x2 − x1)
    return `when ${q} <= ${x2 * 8000} then half_even(${y1 * (x2 - x1) * 8000} + (${y2 - y1}) * (${q} - ${x1 * 8000}), ${(x2 - x1) * 8000})`;
  });
  return `(case when ${q} <= ${60 * 8000} then ${to[0]} ${pieces.join(' ')} else ${to[3]} end)`;
};
const allowed = (q: string): string =>
  `(case when s.input = 0 then half_even(${curve(q)}::bigint * ${q}, 100000) else half_even(s.std * ${q} + s.fixed * 80000000::bigint, 10000) end)`;
const amount = (q: string, price: string): string => `half_even((${q})::bigint * (${price})::bigint, 100000::bigint)`;
const MODULUS = 1_000_000_000;
const BUDGET_STEPS = BUDGET * 8 * 1000;
const OUTPUT_STEPS = Number(OUTPUT_PRICE) * 10_000;

// Three ways to keep the row learnt last of each instant; the fastest one counts.
const KEEPING: Readonly<Record<string, string>> = {
  'arg_max by point and instant': 'select point, t, arg_max(v, learnt) v from readings group by point, t',
  'arg_max by one key': `select (joint // 4398046511104)::integer point, joint % 4398046511104 + 1640000000000 t, v
    from (select point::bigint * 4398046511104 + (t - 1640000000000) joint, arg_max(v, learnt) v from readings group by 1)`,
  'last of a window': `select point, t, v from (select point, t, v, lead(t) over (partition by point order by t, learnt) n from readings) where n is null or n <> t`,
};
export const ways = Object.keys(KEEPING);

/**
 * One value an instant (the one learnt last), each reading beside the next one, boundary values interpolated and rounded on
 * the register's face, rollovers counted, then the standards and the lines.
 */
const sql = (one: string): string => `
create or replace temp table sheet_lines as
with one as (${one}),
pairs as (select point, t, v, lead(t) over w t2, lead(v) over w v2 from one window w as (partition by point order by t)),
marked as (
  select point, t, v, t2, v2,
    case when v2 < v then v2 - v + ${MODULUS} else v2 - v end inc,
    -- the boundary that lies in (t, t2], counted in shifts from midnight; -1 when none does
    case when (t2 - ${MIDNIGHT} + ${SHIFT_MS}) // ${SHIFT_MS} > (t - ${MIDNIGHT} + ${SHIFT_MS}) // ${SHIFT_MS} then (t2 - ${MIDNIGHT}) // ${SHIFT_MS} else -1 end k
  from pairs where t2 is not null),
edges as (
  select point, k, v + inc * (${MIDNIGHT} + k * ${SHIFT_MS} - t) // (t2 - t)
    + (case when 2 * (inc * (${MIDNIGHT} + k * ${SHIFT_MS} - t) % (t2 - t)) > (t2 - t)
       or (2 * (inc * (${MIDNIGHT} + k * ${SHIFT_MS} - t) % (t2 - t)) = (t2 - t) and (v + inc * (${MIDNIGHT} + k * ${SHIFT_MS} - t) // (t2 - t)) % 2 = 1) then 1 else 0 end) face
  from marked where k >= 0),
wraps as (
  select point, case when k >= 0 then k else (t2 - ${MIDNIGHT}) // ${SHIFT_MS} end shift, count(*) n
  from marked where v2 < v group by 1, 2),
quantities as (
  select a.point, a.k shift, b.face - a.face + coalesce(w.n, 0) * ${MODULUS} q
  from edges a join edges b on a.point = b.point and b.k = a.k + 1 left join wraps w on w.point = a.point and w.shift = a.k
  where a.k between 0 and 2),
outputs as (select p.unit, x.shift, x.q from quantities x join points p using (point) where p.input = -1),
inputs as (
  select p.unit, x.shift, p.input, x.q used, ${allowed('o.q')} s, ${allowed(`${BUDGET_STEPS}::bigint`)} s_budget, s.price, o.q made
  from quantities x join points p using (point) join outputs o on o.unit = p.unit and o.shift = x.shift join standards s on s.input = p.input
  where p.input >= 0)
select unit, shift, input, ${amount('s', 'price')} - ${amount('used', 'price')} fen from inputs
union all
select unit, shift, -1, ${amount('any_value(made)', String(OUTPUT_STEPS))} - ${amount(String(BUDGET_STEPS), String(OUTPUT_STEPS))}
  - sum(${amount('s', 'price')} - ${amount('s_budget', 'price')}) from inputs group by unit, shift`;

export const settleDuck = async (duck: DuckDBConnection, way: string): Promise<void> => {
  await duck.run(sql(KEEPING[way]!));
};

export async function linesOfDuck(duck: DuckDBConnection): Promise<Lines> {
  return new Map(
    (await rows(duck, 'select unit, shift, input, fen from sheet_lines')).map(([u, s, i, fen]) => [
      `${u} ${s} ${i}`,
      fen!,
    ]),
  );
}
