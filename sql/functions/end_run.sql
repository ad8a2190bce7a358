-- Records how a run ended that did not publish: p_status, the class of the error and its message. Changes nothing if it is no longer
-- running.
create or replace function caseload.end_run(p_run_id uuid, p_status text, p_error_class text, p_error_message text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_status not in ('planned', 'failed', 'refused', 'incomplete', 'aborted') then
    raise exception 'a run that did not publish cannot end as %', p_status using errcode = 'CL006';
  end if;
  update caseload.runs
  set
    status = p_status,
    ended_at = now(),
    error_class = p_error_class,
    error_message = p_error_message
  where run_id = p_run_id
    and status = 'running';
end
$$;
