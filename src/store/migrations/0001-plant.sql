-- Plants, their models byte for byte, and the numbers that stand for their points.

create table plants (
  plant_id int generated always as identity primary key,
  id text not null unique,
  -- What the plant's clock shows beyond the server's: 0 but for examples that live in another year.
  clock_offset_ms bigint not null default 0,
  -- A month that is being filled from history is not told to anybody until it is whole.
  seeded_at timestamptz
);

-- A version holds for the accounting days from `from_day` on; of several the one recorded last.
create table model_versions (
  plant_id int not null references plants,
  version int not null,
  base_version int,
  from_day date not null,
  recorded_at timestamptz not null,
  author bigint,
  note text not null default '',
  hash text not null,
  primary key (plant_id, version)
);
create index on model_versions (plant_id, recorded_at desc);

create table model_files (
  plant_id int not null,
  version int not null,
  name text not null,
  bytes bytea not null,
  primary key (plant_id, version, name),
  foreign key (plant_id, version) references model_versions
);

-- A point with another step is another number: what was read keeps the step it was read in.
create table points (
  plant_id int not null references plants,
  point int not null,
  id text not null,
  step text not null,
  primary key (plant_id, point),
  unique (plant_id, id, step)
);
