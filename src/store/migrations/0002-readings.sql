-- What was read and what was said: append-only, with the instant at which we learnt it.

-- One row a transaction that taught us something.
create table arrivals (
  plant_id int not null references plants,
  arrival bigint generated always as identity,
  learnt timestamptz not null,
  tx xid8 not null default pg_current_xact_id(),
  kind text not null check (kind in ('readings', 'facts', 'model', 'import')),
  author bigint,
  source text not null default '',
  -- Of readings: the numbers of their points, first and last instant. Rows of this arrival carry its `learnt`,
  -- but for an import, which brings instants of its own.
  points int[],
  first timestamptz,
  last timestamptz,
  row_count int not null default 0,
  primary key (plant_id, arrival)
);
create index on arrivals (plant_id, learnt desc);
create index on arrivals (plant_id, tx);

-- Times of a quantity are instants; `value` counts steps of the point; quality 0 good, 1 uncertain, 2 bad.
create table readings (
  plant_id int not null,
  point int not null,
  at timestamptz not null,
  learnt timestamptz not null,
  value bigint not null,
  quality smallint not null,
  primary key (plant_id, point, at, learnt, value, quality)
) partition by range (at);

-- What stays of a month whose readings were retired: the neighbours of shift boundaries, and all that was corrected.
create table kept_readings (
  plant_id int not null,
  point int not null,
  at timestamptz not null,
  learnt timestamptz not null,
  value bigint not null,
  quality smallint not null,
  primary key (plant_id, point, at, learnt, value, quality)
);

create table retired_months (
  plant_id int not null,
  month date not null,
  retired_at timestamptz not null default clock_timestamp(),
  read bigint not null,
  kept bigint not null,
  primary key (plant_id, month)
);

create table facts (
  plant_id int not null references plants,
  fact bigint generated always as identity,
  kind text not null,
  id text not null,
  recorded_at timestamptz not null,
  author bigint,
  -- The row as it was written, column by column.
  cells jsonb not null,
  unit text,
  point text,
  at timestamptz not null,
  until timestamptz not null,
  primary key (plant_id, fact)
);
create index on facts (plant_id, kind, id);
create index on facts (plant_id, unit, at);
create index on facts (plant_id, point, at);

-- Stretches of time of a group of units that something touched since they were settled.
create table touches (
  plant_id int not null references plants,
  touch bigint generated always as identity,
  group_id text not null,
  first timestamptz not null,
  last timestamptz not null,
  cause jsonb not null,
  primary key (plant_id, touch)
);
create index on touches (plant_id, group_id);

-- A month's partition; the service may add readings but owns no table, so the owner makes it.
create function open_month(month date) returns void language plpgsql volatile security definer set search_path = crewledger as $$
declare
  first date := date_trunc('month', month)::date;
  name text := 'readings_' || to_char(first, 'YYYY_MM');
begin
  if to_regclass('crewledger.' || name) is not null then return; end if;
  perform pg_advisory_xact_lock(hashtext('crewledger.open_month'));
  -- What another transaction made meanwhile a cached look would miss; the creation itself does not.
  execute format('create table if not exists %I partition of readings for values from (%L) to (%L)',
    name, first::timestamp at time zone 'UTC', (first + interval '1 month') at time zone 'UTC');
end
$$;
