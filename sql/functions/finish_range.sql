-- Ends the staging of a leaf that covers a range of days: takes back the right to insert, and builds its indexes and statistics.
create or replace function caseload.finish_range(p_operation_id uuid, p_leaf text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  of_table text;
begin
  select
    g.table_name
  into of_table
  from caseload.range_leaves as g
  where g.operation_id = p_operation_id
    and g.leaf = p_leaf
    and g.state = 'staged';
  if not found then
    raise exception 'expected a leaf that operation % has staged', p_operation_id using errcode = 'CL006';
  end if;
  perform caseload.let_insert(p_leaf, false);
  perform caseload.index_leaf(of_table, p_leaf);
  execute format('analyze caseload_stage.%I', p_leaf);
end
$$;
