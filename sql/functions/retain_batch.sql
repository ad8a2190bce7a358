-- Removes what is too old of one batch, under its lock, in one transaction. Returns no row if a run or another command holds the
-- batch.
create or replace function caseload.retain_batch(
  p_source text,
  p_batch_date date,
  p_quarantine interval,
  p_kept interval,
  p_runs interval
)
returns table (rejected_rows bigint, versions bigint, runs bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  old_quarantine uuid[];
  old_versions uuid[];
  old_runs uuid[];
  kept bigint;
begin
  if not pg_try_advisory_xact_lock(caseload.batch_key(p_source, p_batch_date)) then
    return;
  end if;
  select
    array_agg(o.run_id) filter (where o.kind = 'quarantine'),
    array_agg(o.run_id) filter (where o.kind = 'kept'),
    array_agg(o.run_id) filter (where o.kind = 'run')
  into
    old_quarantine,
    old_versions,
    old_runs
  from caseload.retainable(p_quarantine, p_kept, p_runs) as o
  where o.source = p_source
    and o.batch_date = p_batch_date;

  delete from caseload.quarantine_rows as q
  where q.run_id = any (old_quarantine);
  get diagnostics rejected_rows = row_count;

  versions := coalesce(cardinality(old_versions), 0);
  if versions > 0 then
    -- What was published last was replaced last: the versions to keep are the newest.
    select
      count(distinct t.run_id) - versions
    into kept
    from caseload.tables as t
    join caseload.runs as r on r.run_id = t.run_id
    where r.source = p_source
      and r.batch_date = p_batch_date
      and r.status = 'replaced'
      and t.state = 'kept';
    perform caseload.drop_kept_versions(p_source, p_batch_date, kept::integer);
    -- The rejected rows of a version that is gone show nowhere.
    perform caseload.expire_quarantine(p_source, p_batch_date);
  end if;

  delete from caseload.batch_notes as n
  where n.run_id = any (old_runs);
  -- On target citus no constraint removes them, see sql/citus/place_tables.sql.
  delete from caseload.tables as t
  where t.run_id = any (old_runs);
  delete from caseload.runs as r
  where r.run_id = any (old_runs);
  get diagnostics runs = row_count;

  return next;
end
$$;
