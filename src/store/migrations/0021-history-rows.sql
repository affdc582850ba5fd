-- Results of teams from before this system, as they stood in some spreadsheet: never verified, never settled, never on a board.

create table history_rows (
  plant_id int not null references plants,
  entry bigint generated always as identity,
  -- Where it stood: the file's name, the SHA-256 of its bytes, sheet and row.
  file text not null,
  file_hash text not null,
  sheet text not null,
  row int not null,
  -- A day or a month, `2021-03-01` or `2021-03`, and the team as it was called then.
  period text not null,
  team text not null,
  gain_fen bigint not null,
  -- Its further columns: heading → text.
  lines json not null,
  state text not null default 'unverified' check (state = 'unverified'),
  brought_by bigint,
  brought_at timestamptz not null,
  primary key (plant_id, entry),
  unique (plant_id, file_hash, sheet, row)
);
create index on history_rows (plant_id, team, period);

create trigger append_only before update or delete on history_rows for each row execute function refuse_change();
create trigger append_only_whole before truncate on history_rows for each statement execute function refuse_change();
