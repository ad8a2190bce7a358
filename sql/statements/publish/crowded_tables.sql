-- $1 a number of leaves. One row per table with at least that many leaves of all sources, the source that has most of
-- them, and the number of its leaves.
with leaves as (
  select
    t.table_name,
    r.source,
    count(distinct t.leaf) as leaves
  from caseload.tables as t
  join caseload.runs as r on r.run_id = t.run_id
  where t.state = 'published'
    and t.leaf is not null
  group by
    t.table_name,
    r.source
)
select
  l.table_name,
  sum(l.leaves)::integer as leaves,
  (array_agg(l.source order by l.leaves desc, l.source))[1] as source,
  max(l.leaves)::integer as source_leaves
from leaves as l
group by l.table_name
having sum(l.leaves) >= $1
order by
  2 desc,
  1
