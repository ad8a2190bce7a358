-- Replaces leaves by the ones that an operation staged from them, of all tables at once: the only moment at which
-- readers wait. One call, so that a frozen client never holds these locks; about locks, see lock_parents. The caller
-- holds the lock of the month and of each of its days.
create or replace function caseload.merge_leaves(
  p_operation_id uuid,
  p_lock_timeout text,
  p_next_lock_timeout text,
  p_first text
)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  merged caseload.range_leaves;
  published text[];
  old_leaf text;
  dropped integer := 0;
begin
  perform caseload.lock_parents(g.source, array_agg(g.table_name), p_lock_timeout, p_next_lock_timeout, p_first)
  from caseload.range_leaves as g
  where g.operation_id = p_operation_id
    and g.state = 'staged'
  group by g.source;

  for merged in
    select
      g.*
    from caseload.range_leaves as g
    where g.operation_id = p_operation_id
      and g.state = 'staged'
    order by g.table_name
  loop
    select
      array_agg(distinct t.leaf)
    into published
    from caseload.tables as t
    join caseload.runs as r on r.run_id = t.run_id
    where r.source = merged.source
      and r.batch_date >= merged.from_date
      and r.batch_date < merged.to_date
      and t.table_name = merged.table_name
      and t.state = 'published'
      and t.leaf is not null;
    if not coalesce(published @> merged.replaces and published <@ merged.replaces, false) then
      raise exception 'other leaves are published than % was copied from', merged.leaf using errcode = 'CL003';
    end if;

    foreach old_leaf in array merged.replaces loop
      execute format(
        'alter table store.%I detach partition store.%I',
        caseload.source_parent(merged.table_name, merged.source), old_leaf
      );
      execute format('drop table store.%I', old_leaf);
      dropped := dropped + 1;
    end loop;
    perform caseload.attach_leaf(merged.table_name, merged.source, merged.leaf, merged.from_date, merged.to_date);

    update caseload.tables
    set leaf = merged.leaf
    where leaf = any (merged.replaces);

    delete from caseload.range_leaves
    where leaf = any (merged.replaces);
  end loop;

  update caseload.range_leaves
  set state = 'published'
  where operation_id = p_operation_id;
  return dropped;
end
$$;
