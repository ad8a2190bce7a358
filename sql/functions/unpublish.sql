-- Takes the published version of a batch out of all its tables at once and pins the batch: the only moment at which readers
-- wait. The version is kept like one that a run replaced, so that a rollback can bring it back. One call, so that a frozen
-- client never holds these locks; about locks, see lock_parents. The caller holds the locks of the batch and of its month, and
-- has staged what split_ranges needs as p_operation_id. Raises CL004 if another version is published by now.
create or replace function caseload.unpublish(
  p_run_id uuid,
  p_operation_id uuid,
  p_reason text,
  p_by text,
  p_lock_timeout text,
  p_next_lock_timeout text,
  p_first text
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  batch record;
begin
  perform set_config('lock_timeout', p_lock_timeout, true);

  update caseload.runs
  set status = 'replaced'
  where run_id = p_run_id
    and status = 'published'
  returning source, batch_date into batch;
  if not found then
    raise exception 'run % is not published', p_run_id using errcode = 'CL004';
  end if;

  perform caseload.lock_parents(
    batch.source,
    array(
      select
        t.table_name
      from caseload.tables as t
      where t.leaf is not null
        and t.run_id = p_run_id
        and t.state = 'published'
      union
      select
        g.table_name
      from caseload.ranges_over(batch.source, batch.batch_date) as g
    ),
    p_lock_timeout,
    p_next_lock_timeout,
    p_first
  );
  perform caseload.split_ranges(p_operation_id, batch.source, batch.batch_date);
  perform caseload.detach_published(batch.source, batch.batch_date, 'caseload_kept', 'kept');
  perform caseload.pin(batch.source, batch.batch_date, 'unpublished', p_reason, p_by);
end
$$;
