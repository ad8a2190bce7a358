-- Called by the session that now holds the batch's lock: whatever still says running is dead.
create or replace function caseload.abort_dead_runs(p_source text, p_batch_date date)
returns integer
language plpgsql
as $$
declare
  dead record;
  aborted integer := 0;
begin
  for dead in
    update caseload.runs
    set
      status = 'aborted',
      ended_at = now(),
      error_class = 'ProcessDied'
    where source = p_source
      and batch_date = p_batch_date
      and status = 'running'
    returning run_id
  loop
    perform caseload.drop_leaves(dead.run_id);
    aborted := aborted + 1;
  end loop;
  return aborted;
end
$$;
