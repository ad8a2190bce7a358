-- The published leaves of a source that cover this day and others, too.
create or replace function caseload.ranges_over(p_source text, p_batch_date date)
returns setof caseload.range_leaves
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select
    g.*
  from caseload.range_leaves as g
  where g.source = p_source
    and g.state = 'published'
    and p_batch_date >= g.from_date
    and p_batch_date < g.to_date
  order by g.table_name
$$;
