-- People and access. What tells who someone is stands in `person_details` and in `people.staff_number`, and only there, so
-- that erasing both leaves ids. Secrets are kept as hashes alone.

create table people (
  plant_id int not null references plants,
  person bigint generated always as identity,
  -- Null once erased.
  staff_number text,
  -- A demo user of an example plant: signs in from the same machine only.
  demo boolean not null default false,
  language text check (language in ('zh', 'en')),
  created_at timestamptz not null default clock_timestamp(),
  blocked_at timestamptz,
  erased_at timestamptz,
  -- Counts changes of the person, their details, memberships and grants: the ETag of a change.
  version int not null default 1,
  primary key (plant_id, person)
);
create unique index on people (plant_id, lower(staff_number));

create table person_details (
  plant_id int not null,
  person bigint not null,
  name text not null,
  phone text,
  photo bytea,
  photo_type text,
  primary key (plant_id, person),
  foreign key (plant_id, person) references people
);

-- In which team, and in which organisations of the two lines, from which day until which (exclusive).
create table memberships (
  plant_id int not null,
  membership bigint generated always as identity,
  person bigint not null,
  kind text not null check (kind in ('team', 'administrative', 'party')),
  place text not null,
  from_day date not null,
  until_day date,
  primary key (plant_id, membership),
  foreign key (plant_id, person) references people,
  check (until_day is null or until_day >= from_day)
);
create index on memberships (plant_id, person);
create index on memberships (plant_id, kind, place);

create table grants (
  plant_id int not null,
  role_grant bigint generated always as identity,
  person bigint not null,
  role text not null,
  -- `plant`, `unit:…`, `team:…`, `administrative:…` or `party:…`.
  place text not null,
  from_day date not null,
  until_day date,
  granted_by bigint,
  granted_at timestamptz not null default clock_timestamp(),
  ended_by bigint,
  ended_at timestamptz,
  primary key (plant_id, role_grant),
  foreign key (plant_id, person) references people
);
create index on grants (plant_id, person);

create table credentials (
  plant_id int not null,
  person bigint not null,
  password text,
  must_change boolean not null default false,
  changed_at timestamptz not null default clock_timestamp(),
  pin text,
  pin_changed_at timestamptz,
  primary key (plant_id, person),
  foreign key (plant_id, person) references people
);

create table devices (
  plant_id int not null references plants,
  device bigint generated always as identity,
  name text not null,
  place text not null,
  code_hash bytea,
  code_until timestamptz,
  secret_hash bytea unique,
  registered_at timestamptz,
  created_by bigint,
  created_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz,
  revoked_at timestamptz,
  primary key (plant_id, device)
);

create table sessions (
  plant_id int not null,
  session bigint generated always as identity,
  secret_hash bytea not null unique,
  person bigint not null,
  way text not null check (way in ('password', 'pin', 'oidc', 'first-code')),
  device bigint,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  idle_ms bigint not null,
  until timestamptz not null,
  address text not null,
  agent text not null,
  ended_at timestamptz,
  primary key (plant_id, session),
  foreign key (plant_id, person) references people
);
create index on sessions (plant_id, person);

create table tokens (
  plant_id int not null references plants,
  token bigint generated always as identity,
  name text not null,
  secret_hash bytea not null unique,
  actions text[] not null,
  place text not null,
  created_by bigint,
  created_at timestamptz not null default clock_timestamp(),
  until timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  primary key (plant_id, token)
);

-- Failed attempts by subject: an account as it was typed (hashed, whether it exists or not), an address, a device.
create table attempts (
  plant_id int not null references plants,
  subject text not null,
  failures int not null,
  last_at timestamptz not null,
  locked_until timestamptz,
  primary key (plant_id, subject)
);

-- A single sign-on that is under way: from leaving to coming back.
create table sign_ons (
  plant_id int not null references plants,
  state_hash bytea not null,
  verifier text not null,
  nonce text not null,
  return_to text not null,
  until timestamptz not null,
  primary key (plant_id, state_hash)
);

-- The one-time code by which the first administrator of a plant is made.
create table first_codes (
  plant_id int not null references plants,
  code_hash bytea not null,
  until timestamptz not null,
  primary key (plant_id, code_hash)
);

-- Written in the transaction of the effect, so that key and effect stand or fall together.
create table idempotency_keys (
  plant_id int not null references plants,
  owner text not null,
  key text not null,
  request_hash bytea not null,
  status int,
  -- What was answered; null where it held a secret.
  answer text,
  etag text,
  made_at timestamptz not null default clock_timestamp(),
  primary key (plant_id, owner, key)
);
create index on idempotency_keys (plant_id, made_at);

-- Who did what, when and why. Ids only: no names.
create table audit (
  plant_id int not null references plants,
  entry bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  person bigint,
  token bigint,
  device bigint,
  request text not null default '',
  action text not null,
  object_kind text not null,
  object text not null,
  before jsonb,
  after jsonb,
  why text not null default '',
  primary key (plant_id, entry)
);
create index on audit (plant_id, object_kind, object, entry);
create index on audit (plant_id, person, entry);

create trigger append_only before update or delete on audit for each row execute function refuse_change();
create trigger append_only_whole before truncate on audit for each statement execute function refuse_change();
