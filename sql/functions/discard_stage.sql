-- Drops and forgets every leaf that a running run has staged, so that it can stage again.
create or replace function caseload.discard_stage(p_run_id uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform caseload.drop_leaves(p_run_id);

  delete from caseload.tables
  where run_id = p_run_id;
end
$$;
