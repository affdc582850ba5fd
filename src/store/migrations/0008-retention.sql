-- Readings past their retention go, a plant and month at a time; what settled sheets lean on at their edges, what was corrected
-- and what was typed stays. The service may not delete a reading; this function of the owner's does, and notes what it did.

create function retire_month(plant int, month date, edges timestamptz[], whole int[]) returns bigint
language plpgsql volatile security definer set search_path = crewledger as $$
declare
  first timestamptz := date_trunc('month', month::timestamp) at time zone 'UTC';
  last timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC';
  kept bigint;
  gone bigint;
begin
  if exists (select from retired_months r where r.plant_id = plant and r.month = first::date) then return 0; end if;
  perform pg_advisory_xact_lock(hashtext('crewledger.retire'), plant);
  with numbers as (select p.point from points p where p.plant_id = plant),
  near as (
    select r.point, r.at from numbers n cross join unnest(edges) as e (edge) cross join lateral (
      (select point, at from readings x where x.plant_id = plant and x.point = n.point and x.at <= e.edge and x.at >= first and x.at < last
        and x.quality < 2 order by x.at desc limit 1)
      union all
      (select point, at from readings x where x.plant_id = plant and x.point = n.point and x.at >= e.edge and x.at >= first and x.at < last
        and x.quality < 2 order by x.at limit 1)) r
    union
    select point, at from readings x where x.plant_id = plant and x.at >= first and x.at < last group by point, at having count(*) > 1
    union
    select point, at from readings x where x.plant_id = plant and x.at >= first and x.at < last and x.point = any(whole))
  insert into kept_readings select r.* from readings r join near using (point, at)
   where r.plant_id = plant and r.at >= first and r.at < last on conflict do nothing;
  get diagnostics kept = row_count;
  delete from readings r where r.plant_id = plant and r.at >= first and r.at < last;
  get diagnostics gone = row_count;
  insert into retired_months (plant_id, month, read, kept) values (plant, first::date, gone, kept);
  return gone;
end
$$;
