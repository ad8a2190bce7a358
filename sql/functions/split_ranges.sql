-- Takes one day out of merged months: replaces each leaf that covers the day and others by the leaves that the operation
-- staged for the days before, the day, and the days after, where they hold rows. Readers see the same rows before and
-- after. The caller holds the lock of the month and has called lock_parents for these tables.
create or replace function caseload.split_ranges(p_operation_id uuid, p_source text, p_batch_date date)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  whole record;
  part record;
  split integer := 0;
begin
  for whole in
    select
      g.leaf as name,
      g.table_name,
      caseload.source_parent(g.table_name, p_source) as parent
    from caseload.ranges_over(p_source, p_batch_date) as g
  loop
    execute format('alter table store.%I detach partition store.%I', whole.parent, whole.name);
    execute format('drop table store.%I', whole.name);

    for part in
      select
        g.leaf as name,
        g.from_date,
        g.to_date
      from caseload.range_leaves as g
      where g.operation_id = p_operation_id
        and g.state = 'staged'
        and g.replaces = array[whole.name]
      order by g.from_date
    loop
      perform caseload.attach_leaf(whole.table_name, p_source, part.name, part.from_date, part.to_date);
      update caseload.tables as t
      set leaf = part.name
      from caseload.runs as r
      where r.run_id = t.run_id
        and r.batch_date >= part.from_date
        and r.batch_date < part.to_date
        and t.leaf = whole.name;
      -- The leaf of one day gets its source and date as defaults, like any other.
      if part.to_date - part.from_date = 1 then
        execute format(
          'alter table store.%I alter column source set default %L, alter column batch_date set default %L',
          part.name, p_source, part.from_date
        );
        delete from caseload.range_leaves
        where leaf = part.name;
      else
        update caseload.range_leaves
        set state = 'published'
        where leaf = part.name;
      end if;
    end loop;

    -- Otherwise the rows of the leaf would be lost.
    if exists (select from caseload.tables as t where t.leaf = whole.name) then
      raise exception 'leaf % was not split for %', whole.name, p_batch_date using errcode = 'CL002';
    end if;
    delete from caseload.range_leaves
    where leaf = whole.name;
    split := split + 1;
  end loop;
  return split;
end
$$;
