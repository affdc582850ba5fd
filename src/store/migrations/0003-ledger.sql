-- The ledger: vouchers (one a version of a sheet, a cycle or a reconciliation), their postings, the chain that seals them;
-- and what is derived from them for boards. Vouchers, postings and seals are only ever added.

create table vouchers (
  plant_id int not null references plants,
  voucher bigint generated always as identity,
  kind text not null check (kind in ('sheet', 'cycle', 'reconciliation', 'history')),
  -- What the versions are versions of: `unit/day/shift`, `unit/stream/cycle`, `month/item`.
  key text not null,
  version int not null,
  unit text,
  day date not null,
  shift text,
  crew text,
  team text,
  state text not null,
  as_of timestamptz not null,
  model int not null,
  -- The accounting day on which its postings count: its own, or one of the open month when its own is closed.
  booked_day date not null,
  -- Why there is this version: typed causes, as text since they are hashed.
  causes text not null,
  author bigint,
  gain_fen bigint,
  company_fen bigint,
  -- Exactly what was hashed.
  record text not null,
  inputs text not null,
  hash text not null,
  -- Of a sheet what ranking needs of it; derived from it, so not hashed.
  ranked json,
  primary key (plant_id, voucher),
  unique (plant_id, kind, key, version)
);
create index on vouchers (plant_id, as_of desc);
create index on vouchers (plant_id, kind, unit, day);
create index on vouchers (plant_id, booked_day);

-- What a version adds to the one before it, line by line.
create table postings (
  plant_id int not null,
  voucher bigint not null,
  line int not null,
  unit text,
  day date not null,
  shift text,
  team text,
  crew text,
  booked_day date not null,
  part text not null,
  key text not null,
  fen bigint not null,
  crew_fen bigint not null,
  primary key (plant_id, voucher, line),
  foreign key (plant_id, voucher) references vouchers
);
create index on postings (plant_id, booked_day, team);

-- One chain a plant. `vouchers` in the order in which they were hashed.
create table seals (
  plant_id int not null references plants,
  seal bigint not null,
  previous text not null,
  vouchers bigint[] not null,
  hash text not null,
  sealed_at timestamptz not null default clock_timestamp(),
  primary key (plant_id, seal)
);
create table sealed_vouchers (
  plant_id int not null,
  voucher bigint not null,
  seal bigint not null,
  primary key (plant_id, voucher)
);

-- How each shift stands: its latest version, as the settle loop, lists and boards need it, kept up as vouchers are posted.
create table standings (
  plant_id int not null,
  day date not null,
  unit text not null,
  shift text not null,
  team text not null,
  crew text not null,
  starts timestamptz not null,
  ends timestamptz not null,
  voucher bigint not null,
  version int not null,
  state text not null,
  as_of timestamptz not null,
  complete boolean not null,
  gain_fen bigint,
  company_fen bigint,
  -- SHA-256 of the record, so that settling again tells at a glance whether anything changed.
  record_hash text not null,
  primary key (plant_id, day, unit, shift)
);
create index on standings (plant_id, unit, day);
create index on standings (plant_id, team, day);
create index on standings (plant_id, ends) where state = 'provisional';

-- What was posted to a team on a day beside its sheets: differences of cycles, restatements of closed months.
create table team_entries (
  plant_id int not null,
  voucher bigint not null,
  line int not null,
  kind text not null,
  day date not null,
  team text not null,
  unit text not null,
  stream text not null,
  crew text not null,
  for_day date not null,
  for_shift text not null,
  fen bigint not null,
  primary key (plant_id, voucher, line)
);
create index on team_entries (plant_id, team, day);
create index on team_entries (plant_id, day);

-- The sums of a team over an accounting month: a year's board adds up twelve of them.

create table team_months (
  plant_id int not null,
  month text not null,
  team text not null,
  tally json not null,
  -- Of an earlier month's medians some line depends.
  on_medians boolean not null,
  primary key (plant_id, month, team)
);

-- Running shifts: replaced with every reading, never posted.
create table drafts (
  plant_id int not null,
  unit text not null,
  day date not null,
  shift text not null,
  team text not null,
  as_of timestamptz not null,
  through timestamptz not null,
  gain_fen bigint,
  record text not null,
  primary key (plant_id, unit)
);

create table months (
  plant_id int not null,
  month text not null,
  closed_at timestamptz not null,
  closed_by bigint,
  reason text not null default '',
  primary key (plant_id, month)
);

-- A late truth about a closed month: waits until someone answers for it.
create table restatements (
  plant_id int not null,
  restatement bigint generated always as identity,
  key text not null,
  unit text not null,
  day date not null,
  shift text not null,
  based_on bigint not null,
  as_of timestamptz not null,
  model int not null,
  causes text not null,
  record text not null,
  inputs text not null,
  ranked json not null,
  gain_difference_fen bigint,
  state text not null default 'waiting' check (state in ('waiting', 'approved', 'refused', 'replaced')),
  decided_by bigint,
  decided_at timestamptz,
  reason text not null default '',
  primary key (plant_id, restatement)
);
create unique index on restatements (plant_id, key) where state = 'waiting';

create table handover_events (
  plant_id int not null references plants,
  event bigint generated always as identity,
  unit text not null,
  day date not null,
  shift text not null,
  state text not null check (state in ('offered', 'accepted', 'accepted-disputed', 'refused', 'ruled')),
  at timestamptz not null,
  person bigint,
  acting_for bigint,
  checklist jsonb not null default '[]',
  stocks jsonb not null default '[]',
  note text not null default '',
  primary key (plant_id, event)
);
create index on handover_events (plant_id, unit, day, shift, event);

-- What the streams of events tell; kept for a day so that a reader who lost the line goes on where it was.
create table events (
  plant_id int not null references plants,
  event bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  kind text not null,
  unit text,
  body jsonb not null,
  primary key (plant_id, event)
);
create index on events (plant_id, at);
