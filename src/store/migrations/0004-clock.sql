-- What the plant's clock shows, and what is known by when.

-- The plant's clock. Learning never goes back: behind what is known already it goes on by milliseconds.
create function clock_of(plant int) returns timestamptz language sql volatile as $$
  select clock_timestamp() + clock_offset_ms * interval '1 millisecond' from crewledger.plants where plant_id = plant
$$;

create function latest_known(plant int) returns timestamptz language sql volatile as $$
  select greatest(
    (select learnt from crewledger.arrivals where plant_id = plant order by learnt desc limit 1),
    (select as_of from crewledger.vouchers where plant_id = plant order by as_of desc limit 1))
$$;

-- The key under which a transaction announces the instant from which on it may teach something: plant, then ms since 2020.
create function learning_key(plant int, at timestamptz) returns bigint language sql immutable as $$
  select (plant::bigint << 42) + floor(extract(epoch from at - timestamptz '2020-01-01Z') * 1000)::bigint
$$;

-- The instant of what this transaction teaches. Announced before the instant is taken and until the commit is visible, so
-- that `closed_until` never passes what is still under way.
create function learn(plant int) returns timestamptz language plpgsql volatile as $$
declare
  announced timestamptz := greatest(crewledger.clock_of(plant), crewledger.latest_known(plant) + interval '1 ms');
begin
  perform pg_advisory_xact_lock_shared(crewledger.learning_key(plant, announced));
  return date_trunc('milliseconds',
    greatest(announced, crewledger.clock_of(plant), crewledger.latest_known(plant) + interval '1 ms'));
end
$$;

-- The latest instant of which everything is known to whoever begins to read now: settled as of it, a sheet can be settled
-- again at any time and gives the same.
create function closed_until(plant int) returns timestamptz language plpgsql volatile as $$
declare
  taken timestamptz := greatest(crewledger.clock_of(plant), crewledger.latest_known(plant) + interval '1 ms');
  oldest bigint;
begin
  select min((classid::bigint << 32) + objid::bigint) into oldest from pg_locks
   where locktype = 'advisory' and objsubid = 1 and granted
     and database = (select oid from pg_database where datname = current_database())
     and (classid::bigint << 32) + objid::bigint between plant::bigint << 42 and ((plant::bigint + 1) << 42) - 1;
  if oldest is not null then
    taken := least(taken, timestamptz '2020-01-01Z' + (oldest - (plant::bigint << 42)) * interval '1 ms');
  end if;
  return date_trunc('milliseconds', taken) - interval '1 ms';
end
$$;
