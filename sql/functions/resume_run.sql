-- Marks a run that tries again as running. False if another run declared it dead.
create or replace function caseload.resume_run(p_run_id uuid)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update caseload.runs
  set
    status = 'running',
    ended_at = null,
    error_class = null,
    error_message = null
  where run_id = p_run_id
    and status in ('running', 'failed');
  return found;
end
$$;
