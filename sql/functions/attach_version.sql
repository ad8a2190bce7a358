-- Publishes the leaves of one run, staged or kept, as the version of its batch. The caller has called lock_parents and
-- detach_published.
create or replace function caseload.attach_version(p_run_id uuid, p_source text, p_batch_date date)
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
      t.table_name,
      t.state
    from caseload.tables as t
    where t.run_id = p_run_id
      and t.state in ('staged', 'kept')
      and t.leaf is not null
    order by caseload.source_parent(t.table_name, p_source)
  loop
    if leaf.state = 'kept' then
      execute format('alter table caseload_kept.%I set schema caseload_stage', leaf.name);
    end if;
    perform caseload.attach_leaf(leaf.table_name, p_source, leaf.name, p_batch_date, p_batch_date + 1);
  end loop;

  update caseload.tables
  set state = 'published'
  where run_id = p_run_id
    and state in ('staged', 'kept');
end
$$;
