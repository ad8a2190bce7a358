-- Drops the leaves that were staged to merge or split a month of a source. The caller holds the lock of the month, so
-- the operation that staged them is dead or has failed. Readers have never seen these tables.
create or replace function caseload.drop_staged_ranges(p_source text, p_day date)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  left_over record;
  dropped integer := 0;
begin
  for left_over in
    select
      g.leaf as name
    from caseload.range_leaves as g
    where g.source = p_source
      and g.state = 'staged'
      and date_trunc('month', g.from_date) = date_trunc('month', p_day)
  loop
    execute format('drop table if exists caseload_stage.%I', left_over.name);
    delete from caseload.range_leaves
    where leaf = left_over.name;
    dropped := dropped + 1;
  end loop;
  return dropped;
end
$$;
