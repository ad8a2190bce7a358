-- Says in the staged leaf of visits of which child tables its batch is silent: a default like its source and date, so that it
-- is in the rows, and a snapshot that sees them knows it, whatever state of the ledger it sees.
create or replace function caseload.mark_silent(p_leaf text, p_tables text[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('alter table caseload_stage.%I alter column silent_on set default %L', p_leaf, p_tables);
end
$$;
