-- Which life of the server this is. A crash empties an unlogged table, and so does a standby that takes over; stopping in order
-- does not. What a crash undoes without a trace are the numbers of transactions that had written nothing durable: they are
-- given out again. Whoever compares transactions by snapshots of an earlier life begins anew.

create unlogged table incarnations (incarnation text not null default gen_random_uuid()::text);

create function incarnation() returns text language plpgsql volatile security definer set search_path = crewledger as $$
declare
  known text := (select min(incarnation) from incarnations);
begin
  if known is not null then return known; end if;
  -- Nothing can be noted: then each look is a first one.
  if current_setting('transaction_read_only') = 'on' then return gen_random_uuid()::text; end if;
  insert into incarnations default values returning incarnation into known;
  return known;
end
$$;
