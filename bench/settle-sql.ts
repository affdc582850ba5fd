// The lines of the company-day as hand-written PostgreSQL over the service's own readings: one value an instant, boundaries
// interpolated and rounded on the register's face, rollovers, standards, amounts rounded half-even.
import { BUDGET, fixedOf, MIDNIGHT, OUTPUT_PRICE, priceOf, standardOf } from './company-day.ts';

const SHIFT_MS = 8 * 3_600_000;
const MODULUS = 1_000_000_000;
const BUDGET_STEPS = BUDGET * 8 * 1000;
const OUTPUT_STEPS = Number(OUTPUT_PRICE) * 10_000;

/** Half-even division of whole numbers, inlined by the planner. */
export const sqlFunctions = `
create or replace function half_even(n bigint, d bigint) returns bigint language sql immutable parallel safe as $$
  select floor(n::numeric / d)::bigint + case
    when 2 * (n - floor(n::numeric / d)::bigint * d) > d then 1
    when 2 * (n - floor(n::numeric / d)::bigint * d) = d and floor(n::numeric / d)::bigint % 2 <> 0 then 1 else 0 end
$$`;

const STANDARDS = Array.from(
  { length: 10 },
  (_, i) =>
    `(${i}, ${Math.round(Number(standardOf(i)) * 10_000)}::bigint, ${fixedOf(i)}::bigint, ${Math.round(Number(priceOf(i)) * 10_000)}::bigint)`,
).join(', ');

const curve = (q: string): string => {
  const at = [60, 90, 110, 130];
  const to = [29_000, 27_200, 26_500, 27_000];
  const pieces = at.slice(1).map((x2, i) => {
    const [x1, y1, y2] = [at[i]!, to[i]!, to[i + 1]!];
    return `when ${q} <= ${x2 * 8000} then half_even(${y1 * (x2 - x1)}::bigint * 8000 + (${y2 - y1}) * (${q} - ${x1 * 8000}), ${(x2 - x1) * 8000})`;
  });
  return `(case when ${q} <= ${60 * 8000} then ${to[0]}::bigint ${pieces.join(' ')} else ${to[3]}::bigint end)`;
};
const allowed = (q: string): string =>
  `(case when s.input = 0 then half_even(${curve(q)} * ${q}, 100000) else half_even(s.std * ${q} + s.fixed * 80000000::bigint, 10000) end)`;
const amount = (q: string, price: string): string => `half_even((${q})::bigint * (${price})::bigint, 100000::bigint)`;

/** Rows of unit, shift, input (−1: volume), fen. */
export const SQL_LINES = (plantId: number): string => `
with one as (
  select distinct on (point, at) point, (extract(epoch from at) * 1000)::bigint as t, value as v
    from crewledger.readings where plant_id = ${plantId} order by point, at, learnt desc),
pairs as (select point, t, v, lead(t) over w as t2, lead(v) over w as v2 from one window w as (partition by point order by t)),
marked as (
  select point, t, v, t2, v2, case when v2 < v then v2 - v + ${MODULUS} else v2 - v end as inc,
    case when (t2 - ${MIDNIGHT} + ${SHIFT_MS}) / ${SHIFT_MS} > (t - ${MIDNIGHT} + ${SHIFT_MS}) / ${SHIFT_MS}
      then (t2 - ${MIDNIGHT}) / ${SHIFT_MS} else -1 end as k
  from pairs where t2 is not null),
edges as (
  select point, k, v + half_even(inc * (${MIDNIGHT} + k * ${SHIFT_MS} - t), t2 - t) as rounded, v, inc, t, t2 from marked where k >= 0),
faces as (
  -- rounded half-even on the face, not on the increment
  select point, k, case when 2 * (inc * (${MIDNIGHT} + k * ${SHIFT_MS} - t) % (t2 - t)) = t2 - t
    then v + inc * (${MIDNIGHT} + k * ${SHIFT_MS} - t) / (t2 - t) + abs((v + inc * (${MIDNIGHT} + k * ${SHIFT_MS} - t) / (t2 - t)) % 2)
    else rounded end as face from edges),
wraps as (
  select point, case when k >= 0 then k else (t2 - ${MIDNIGHT}) / ${SHIFT_MS} end as shift, count(*) as n from marked where v2 < v group by 1, 2),
quantities as (
  select a.point, a.k as shift, b.face - a.face + coalesce(w.n, 0) * ${MODULUS} as q
    from faces a join faces b on a.point = b.point and b.k = a.k + 1 left join wraps w on w.point = a.point and w.shift = a.k
   where a.k between 0 and 2),
standards (input, std, fixed, price) as (values ${STANDARDS}),
outputs as (select p.unit, x.shift, x.q from quantities x join bench_points p using (point) where p.input = -1),
inputs as (
  select p.unit, x.shift, p.input, x.q as used, ${allowed('o.q')} as s, ${allowed(`${BUDGET_STEPS}::bigint`)} as s_budget, s.price, o.q as made
    from quantities x join bench_points p using (point) join outputs o on o.unit = p.unit and o.shift = x.shift
    join standards s on s.input = p.input where p.input >= 0)
select unit, shift::int as shift, input, ${amount('s', 'price')} - ${amount('used', 'price')} as fen from inputs
union all
select unit, shift::int, -1, ${amount('max(made)', String(OUTPUT_STEPS))} - ${amount(String(BUDGET_STEPS), String(OUTPUT_STEPS))}
  - sum(${amount('s', 'price')} - ${amount('s_budget', 'price')})::bigint from inputs group by unit, shift`;
