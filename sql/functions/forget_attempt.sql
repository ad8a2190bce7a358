-- Deletes what the failed attempt of a running run recorded: staged leaves, files, rejected rows, results of quality rules.
create or replace function caseload.forget_attempt(p_run_id uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from caseload.runs as r where r.run_id = p_run_id and r.status = 'running') then
    return;
  end if;
  delete from caseload.files
  where run_id = p_run_id;
  delete from caseload.quarantine_rows
  where run_id = p_run_id;
  delete from caseload.checks
  where run_id = p_run_id;
  perform caseload.discard_stage(p_run_id);
end
$$;
