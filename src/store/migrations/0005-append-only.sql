-- What was posted stays: not even the owner changes it in passing. (The service's own role cannot try, see roles.ts.)

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'raise_exception';
end
$$;

do $$
declare
  name text;
begin
  foreach name in array array['vouchers', 'postings', 'seals', 'sealed_vouchers', 'facts', 'arrivals', 'model_versions',
    'model_files', 'points', 'handover_events', 'months', 'retired_months', 'kept_readings'] loop
    execute format('create trigger append_only before update or delete on %I for each row execute function refuse_change()', name);
    execute format('create trigger append_only_whole before truncate on %I for each statement execute function refuse_change()', name);
  end loop;
end
$$;
