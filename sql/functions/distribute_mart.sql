-- Makes a new, empty mart what the tables of this target are: here a table is one already. sql/citus/functions has another.
create or replace function caseload.distribute_mart(p_mart text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  return;
end
$$;
