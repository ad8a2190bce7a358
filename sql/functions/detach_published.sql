-- Takes the published version of a batch from readers: moves its leaves to another schema and sets their state in the
-- ledger. The caller has called lock_parents, and split_ranges, so that each leaf holds this day alone.
create or replace function caseload.detach_published(p_source text, p_batch_date date, p_schema text, p_state text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  leaf record;
begin
  for leaf in
    select
      t.leaf as name,
      caseload.source_parent(t.table_name, p_source) as parent
    from caseload.tables as t
    join caseload.runs as r on r.run_id = t.run_id
    where r.source = p_source
      and r.batch_date = p_batch_date
      and t.leaf is not null
      and t.state = 'published'
    order by 2
  loop
    execute format('alter table store.%I detach partition store.%I', leaf.parent, leaf.name);
    execute format('alter table store.%I set schema %I', leaf.name, p_schema);
  end loop;

  update caseload.tables as t
  set state = p_state
  from caseload.runs as r
  where r.run_id = t.run_id
    and r.source = p_source
    and r.batch_date = p_batch_date
    and t.state = 'published';
end
$$;
