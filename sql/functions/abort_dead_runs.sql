-- Declares the runs of a batch that are still `running` dead, and drops what ended runs left staged, such as a commit
-- that was under way when its process was killed. The caller holds the batch's lock, so no such run is alive, and has
-- ended their sessions, which may outlive a stopped process or its machine: one may have locked the row of its run.
-- p_run_id is a run that tries again: it stays `running`, without what its last attempt staged.
create or replace function caseload.abort_dead_runs(p_source text, p_batch_date date, p_run_id uuid default null)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  dead record;
  leftover record;
  aborted integer;
begin
  for dead in
    select
      r.run_id
    from caseload.runs as r
    where r.source = p_source
      and r.batch_date = p_batch_date
      and r.status = 'running'
      and r.run_id is distinct from p_run_id
  loop
    perform caseload.await_holders(dead.run_id);
  end loop;

  update caseload.runs
  set
    status = 'aborted',
    ended_at = now(),
    error_class = 'ProcessDied',
    error_message = 'the command ended without a word; what it staged was dropped'
  where source = p_source
    and batch_date = p_batch_date
    and status = 'running'
    and run_id is distinct from p_run_id;
  get diagnostics aborted = row_count;

  for leftover in
    select distinct
      t.run_id
    from caseload.tables as t
    join caseload.runs as r on r.run_id = t.run_id
    where r.source = p_source
      and r.batch_date = p_batch_date
      and t.state = 'staged'
  loop
    perform caseload.drop_leaves(leftover.run_id);
  end loop;
  perform caseload.expire_quarantine(p_source, p_batch_date);
  return aborted;
end
$$;
