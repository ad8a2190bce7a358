-- Makes and records the staged leaf of one table for the days from p_from to before p_to, to be copied from published leaves of these
-- days: a merge of a month, or a split. Whoever stages may insert until finish_range. The caller holds the lock of the month and copies in
-- the same transaction.
create or replace function caseload.stage_range(
  p_operation_id uuid,
  p_table text,
  p_source text,
  p_leaf text,
  p_from date,
  p_to date,
  p_replaces text[]
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform caseload.require_table(p_table);
  if exists (
    select
    from unnest(p_replaces) as p (leaf)
    where not exists (
      select
      from caseload.tables as t
      join caseload.runs as r on r.run_id = t.run_id
      where t.leaf = p.leaf
        and t.table_name = p_table
        and t.state = 'published'
        and r.source = p_source
    )
  ) then
    raise exception 'expected published leaves of % to copy from', p_table using errcode = 'CL006';
  end if;
  perform caseload.create_range_leaf(p_table, p_leaf, p_source, p_from, p_to);
  insert into caseload.range_leaves (
    leaf,
    table_name,
    source,
    from_date,
    to_date,
    operation_id,
    replaces
  )
  values (
    p_leaf,
    p_table,
    p_source,
    p_from,
    p_to,
    p_operation_id,
    p_replaces
  );
  perform caseload.let_insert(p_leaf, true);
end
$$;
