-- Puts a kept version of a batch back in the place of the published one, all tables at once: the only moment at which
-- readers are kept waiting. One call, so that a frozen client never holds these locks; about locks, see lock_parents. The
-- caller holds the locks of the batch and of its month, has called bound_kept_leaves, and has staged what split_ranges
-- needs as p_operation_id.
-- What was published becomes staged again and is dropped by whoever next holds the batch's lock, the caller first of all.
-- published_at moves to now: it says since when readers see these rows, and whoever copies what is new must copy them.
create or replace function caseload.rollback(
  p_from uuid,
  p_to uuid,
  p_operation_id uuid,
  p_reason text,
  p_lock_timeout text,
  p_first text
)
returns timestamptz
language plpgsql
as $$
declare
  batch record;
  leaf record;
  published timestamptz;
begin
  perform set_config('lock_timeout', p_lock_timeout, true);

  update caseload.runs
  set status = 'rolled_back'
  where run_id = p_from
    and status = 'published'
  returning source, batch_date into batch;
  if not found then
    raise exception 'run % is not published', p_from using errcode = 'CL004';
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
    p_first
  );
  perform caseload.split_ranges(p_operation_id, batch.source, batch.batch_date);

  for leaf in
    select
      t.leaf as name,
      caseload.source_parent(t.table_name, batch.source) as parent
    from caseload.tables as t
    where t.run_id = p_from
      and t.state = 'published'
      and t.leaf is not null
    order by 2
  loop
    execute format('alter table store.%I detach partition store.%I', leaf.parent, leaf.name);
    execute format('alter table store.%I set schema caseload_stage', leaf.name);
  end loop;

  update caseload.tables
  set state = 'staged'
  where run_id = p_from
    and state = 'published';

  for leaf in
    select
      t.leaf as name,
      t.table_name
    from caseload.tables as t
    where t.run_id = p_to
      and t.state = 'kept'
      and t.leaf is not null
    order by caseload.source_parent(t.table_name, batch.source)
  loop
    execute format('alter table caseload_kept.%I set schema caseload_stage', leaf.name);
    perform caseload.attach_leaf(leaf.table_name, batch.source, leaf.name, batch.batch_date, batch.batch_date + 1);
  end loop;

  update caseload.tables
  set state = 'published'
  where run_id = p_to
    and state = 'kept';

  update caseload.runs
  set
    status = 'published',
    published_at = clock_timestamp()
  where run_id = p_to
    and source = batch.source
    and batch_date = batch.batch_date
    and status = 'replaced'
  returning published_at into published;
  if not found then
    raise exception 'run % is not kept', p_to using errcode = 'CL004';
  end if;

  insert into caseload.holds as h (source, batch_date, reason)
  values (batch.source, batch.batch_date, p_reason)
  on conflict (source, batch_date) do update
  set
    held_at = now(),
    reason = excluded.reason;

  return published;
end
$$;
