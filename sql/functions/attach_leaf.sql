-- Puts a staged leaf below its source's parent, for the days from p_from up to, and without, p_to. Its CHECK spares the
-- scan and has done its work then.
create or replace function caseload.attach_leaf(p_table text, p_source text, p_leaf text, p_from date, p_to date)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('alter table caseload_stage.%I set schema store', p_leaf);
  execute format(
    'alter table store.%I attach partition store.%I for values from (%L) to (%L)',
    caseload.source_parent(p_table, p_source), p_leaf, p_from, p_to
  );
  execute format('alter table store.%I drop constraint caseload_bounds', p_leaf);
end
$$;
