-- Ends a run that only compares, with the class and the message of the error that would refuse it, or null: drops its staged leaves and
-- its rejected rows. False if the run is no longer running.
create or replace function caseload.end_plan(p_run_id uuid, p_error_class text, p_error_message text)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  ended timestamptz := clock_timestamp();
begin
  update caseload.runs
  set
    status = 'planned',
    ended_at = ended,
    error_class = p_error_class,
    error_message = p_error_message
  where run_id = p_run_id
    and status = 'running';
  if not found then
    return false;
  end if;
  delete from caseload.quarantine_rows
  where run_id = p_run_id;
  perform caseload.drop_leaves(p_run_id);
  return true;
end
$$;
