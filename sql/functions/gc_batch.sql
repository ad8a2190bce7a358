-- Removes the leftovers of one batch, under its lock, in one transaction. Returns no row if a run holds the batch, or if
-- a run is `running` that is not in p_dead, the runs known to be dead.
create or replace function caseload.gc_batch(p_source text, p_batch_date date, p_keep integer, p_dead uuid[])
returns table (dead_runs integer, staged_leaves bigint, kept_leaves integer, rejected_rows bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  rejected_before bigint;
begin
  if not pg_try_advisory_xact_lock(caseload.batch_key(p_source, p_batch_date)) then
    return;
  end if;
  if exists (
    select
    from caseload.runs as r
    where r.source = p_source
      and r.batch_date = p_batch_date
      and r.status = 'running'
      and r.run_id <> all (p_dead)
  ) then
    return;
  end if;

  select
    count(t.leaf)
  into staged_leaves
  from caseload.tables as t
  join caseload.runs as r on r.run_id = t.run_id
  where r.source = p_source
    and r.batch_date = p_batch_date
    and t.state = 'staged';

  select
    count(*)
  into rejected_before
  from caseload.quarantine_rows as q
  join caseload.runs as r on r.run_id = q.run_id
  where r.source = p_source
    and r.batch_date = p_batch_date;

  dead_runs := caseload.abort_dead_runs(p_source, p_batch_date);
  kept_leaves := caseload.drop_kept_versions(p_source, p_batch_date, p_keep);
  perform caseload.expire_quarantine(p_source, p_batch_date);

  select
    rejected_before - count(*)
  into rejected_rows
  from caseload.quarantine_rows as q
  join caseload.runs as r on r.run_id = q.run_id
  where r.source = p_source
    and r.batch_date = p_batch_date;

  return next;
end
$$;
