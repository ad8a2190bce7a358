-- Attaches a staged leaf to its source's parent for the days from p_from to before p_to. Its CHECK saves the scan, and
-- is dropped afterwards.
create or replace function caseload.attach_leaf(p_table text, p_source text, p_leaf text, p_from date, p_to date)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('alter table caseload_stage.%I set schema store', p_leaf);
  execute format(
    'alter table store.%I attach partition store.%I %s',
    caseload.source_parent(p_table, p_source), p_leaf, caseload.partition_bounds(p_source, p_from, p_to)
  );
  execute format('alter table store.%I drop constraint caseload_bounds', p_leaf);
end
$$;
