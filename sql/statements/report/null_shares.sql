-- One row per table of schema store and column with statistics, over the leaves that the runs in $1 published: the rows of
-- these leaves and those without a value, as the statistics of the server estimate them.
select
  t.table_name,
  s.attname as column_name,
  sum(t.loaded)::bigint as rows,
  round(sum(t.loaded * s.null_frac::numeric))::bigint as nulls
from caseload.tables as t
join pg_catalog.pg_stats as s
  on s.schemaname = 'store'
  and s.tablename = t.leaf
where t.run_id = any ($1::uuid[])
  and t.state = 'published'
group by
  t.table_name,
  s.attname
