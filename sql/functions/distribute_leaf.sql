-- Makes a new, empty leaf what the tables of this target are: here a table is one already. sql/citus/functions has another.
create or replace function caseload.distribute_leaf(p_table text, p_leaf text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  return;
end
$$;
