-- Who worked which shift where, and as what. Rows are only added: of one person, day, shift and kind the row added last stands, and
-- `withdrawn` takes it back. People are ids, so that erasing one leaves no name here. Nothing is settled by it yet.

create table attendance (
  plant_id int not null references plants,
  entry bigint generated always as identity,
  person bigint not null,
  day date not null,
  shift text not null,
  team text not null,
  kind text not null check (kind in ('present', 'stand-in', 'swap', 'cover', 'lent', 'leave', 'overtime', 'training', 'maintenance')),
  -- Hundredths of an hour.
  hours int not null check (hours between 0 and 2400),
  -- Whom they stand in for.
  instead_of bigint,
  withdrawn boolean not null default false,
  reason text not null default '',
  recorded_at timestamptz not null,
  author bigint,
  primary key (plant_id, entry),
  foreign key (plant_id, person) references people
);
create index on attendance (plant_id, day, team);
create index on attendance (plant_id, person, day);

create trigger append_only before update or delete on attendance for each row execute function refuse_change();
create trigger append_only_whole before truncate on attendance for each statement execute function refuse_change();
