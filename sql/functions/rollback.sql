-- Publishes a kept version of a batch again in place of the present one, all tables at once: the only moment at which
-- readers wait. One call, so that a frozen client never holds these locks; about locks, see lock_parents. The caller
-- holds the locks of the batch and of its month, has called bound_kept_leaves, and has staged what split_ranges needs as
-- p_operation_id.
-- The present version becomes staged again; the caller drops it, or the next session that holds the batch's lock. p_from is
-- null where none is present: the batch was unpublished.
-- published_at becomes now: readers see these rows since then, and a program that copies new rows must copy them.
create or replace function caseload.rollback(
  p_from uuid,
  p_to uuid,
  p_operation_id uuid,
  p_reason text,
  p_lock_timeout text,
  p_next_lock_timeout text,
  p_first text
)
returns timestamptz
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  batch record;
  published timestamptz;
begin
  perform set_config('lock_timeout', p_lock_timeout, true);

  select
    r.source,
    r.batch_date
  into batch
  from caseload.runs as r
  where r.run_id = p_to;

  update caseload.runs
  set status = 'rolled_back'
  where source = batch.source
    and batch_date = batch.batch_date
    and run_id = p_from
    and status = 'published';
  if not found and (
    p_from is not null
    or exists (
      select
      from caseload.runs as r
      where r.source = batch.source
        and r.batch_date = batch.batch_date
        and r.status = 'published'
    )
  ) then
    raise exception 'run % is not what is published', p_from using errcode = 'CL004';
  end if;

  perform caseload.lock_parents(
    batch.source,
    array(
      select
        t.table_name
      from caseload.tables as t
      where t.leaf is not null
        and (t.run_id, t.state) in ((p_from, 'published'), (p_to, 'kept'))
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

  perform caseload.detach_published(batch.source, batch.batch_date, 'caseload_stage', 'staged');
  perform caseload.attach_version(p_to, batch.source, batch.batch_date);

  published := clock_timestamp();
  update caseload.runs
  set
    status = 'published',
    published_at = published
  where run_id = p_to
    and source = batch.source
    and batch_date = batch.batch_date
    and status = 'replaced';
  if not found then
    raise exception 'run % is not kept', p_to using errcode = 'CL004';
  end if;

  perform caseload.pin(batch.source, batch.batch_date, 'rolled_back', p_reason, null);

  return published;
end
$$;
