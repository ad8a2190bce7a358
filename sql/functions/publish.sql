-- Publishes all staged tables of one run at once: the only moment at which readers wait. One call, so that a frozen
-- client never holds these locks; about locks, see lock_parents. Raises CL001 if another run declared this one dead. The
-- caller holds the locks of the batch and of its month.
-- Where a leaf covers the batch's day and others, too, this first splits that leaf into the leaves that the run staged
-- for it; if the run staged none, CL002.
create or replace function caseload.publish(
  p_run_id uuid,
  p_lock_timeout text,
  p_next_lock_timeout text,
  p_try integer,
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

  update caseload.runs
  set publish_tries = p_try
  where run_id = p_run_id
    and status = 'running'
  returning source, batch_date into batch;
  if not found then
    raise exception 'run % is not running', p_run_id using errcode = 'CL001';
  end if;

  perform caseload.lock_parents(
    batch.source,
    array(
      select
        t.table_name
      from caseload.tables as t
      join caseload.runs as r on r.run_id = t.run_id
      where r.source = batch.source
        and r.batch_date = batch.batch_date
        and t.leaf is not null
        and (t.run_id = p_run_id or t.state = 'published')
      union
      select
        g.table_name
      from caseload.ranges_over(batch.source, batch.batch_date) as g
    ),
    p_lock_timeout,
    p_next_lock_timeout,
    p_first
  );
  perform caseload.split_ranges(p_run_id, batch.source, batch.batch_date);

  perform caseload.detach_published(batch.source, batch.batch_date, 'caseload_kept', 'kept');

  update caseload.runs
  set status = 'replaced'
  where source = batch.source
    and batch_date = batch.batch_date
    and status = 'published';

  perform caseload.attach_version(p_run_id, batch.source, batch.batch_date);

  published := clock_timestamp();
  update caseload.runs
  set
    status = 'published',
    published_at = published,
    ended_at = published
  where run_id = p_run_id;

  delete from caseload.pins
  where source = batch.source
    and batch_date = batch.batch_date;

  return clock_timestamp();
end
$$;
