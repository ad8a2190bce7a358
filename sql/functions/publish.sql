-- Publishes all staged tables of one run at once: the only moment at which readers are kept waiting. One call, so that
-- a frozen client never holds these locks. A lock that is not had in time raises 55P03, naming the parent in the error's
-- table field, and the caller tries again with that parent as p_first. The run's status guards against a run that was
-- declared dead.
-- A reader may hold one of the parents and want another. So only the first parent, when nothing is held yet, and the
-- leaves, when no reader of them is left, may take p_lock_timeout; the parents between get 50 ms each. With
-- p_lock_timeout for each of four, a reader waited over deadlock_timeout and was killed as the deadlock's victim.
create or replace function caseload.publish(p_run_id uuid, p_lock_timeout text, p_try integer, p_first text)
returns timestamptz
language plpgsql
as $$
declare
  batch record;
  parent record;
  leaf record;
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

  for parent in
    select
      caseload.source_parent(t.table_name, batch.source) as name
    from caseload.tables as t
    join caseload.runs as r on r.run_id = t.run_id
    where r.source = batch.source
      and r.batch_date = batch.batch_date
      and t.leaf is not null
      and (t.run_id = p_run_id or t.state = 'published')
    group by 1
    order by
      caseload.source_parent(t.table_name, batch.source) is distinct from p_first,
      1
  loop
    begin
      execute format('lock table only store.%I in access exclusive mode', parent.name);
    exception when lock_not_available then
      raise exception 'readers hold %', parent.name using errcode = 'lock_not_available', table = parent.name;
    end;
    perform set_config('lock_timeout', '50ms', true);
  end loop;
  perform set_config('lock_timeout', p_lock_timeout, true);

  for leaf in
    select
      t.leaf as name,
      caseload.source_parent(t.table_name, batch.source) as parent
    from caseload.tables as t
    join caseload.runs as r on r.run_id = t.run_id
    where r.source = batch.source
      and r.batch_date = batch.batch_date
      and t.leaf is not null
      and t.state = 'published'
    order by 1
  loop
    execute format('alter table store.%I detach partition store.%I', leaf.parent, leaf.name);
    execute format('alter table store.%I set schema caseload_kept', leaf.name);
  end loop;

  update caseload.tables as t
  set state = 'kept'
  from caseload.runs as r
  where r.run_id = t.run_id
    and r.source = batch.source
    and r.batch_date = batch.batch_date
    and t.state = 'published';

  update caseload.runs
  set status = 'replaced'
  where source = batch.source
    and batch_date = batch.batch_date
    and status = 'published';

  for leaf in
    select
      t.leaf as name,
      caseload.source_parent(t.table_name, batch.source) as parent
    from caseload.tables as t
    where t.run_id = p_run_id
      and t.leaf is not null
    order by 1
  loop
    execute format('alter table caseload_stage.%I set schema store', leaf.name);
    execute format(
      'alter table store.%I attach partition store.%I for values from (%L) to (%L)',
      leaf.parent, leaf.name, batch.batch_date, batch.batch_date + 1
    );
    execute format('alter table store.%I drop constraint caseload_bounds', leaf.name);
  end loop;

  update caseload.tables
  set state = 'published'
  where run_id = p_run_id;

  update caseload.runs
  set
    status = 'published',
    published_at = clock_timestamp(),
    ended_at = clock_timestamp()
  where run_id = p_run_id;

  delete from caseload.holds
  where source = batch.source
    and batch_date = batch.batch_date;

  return clock_timestamp();
end
$$;
