-- One row per source and table: how many leaves its newest days made, up to 30 days back from its newest batch, and the
-- number of these days.
with leaves as (
  select
    r.source,
    t.table_name,
    t.leaf,
    r.batch_date
  from caseload.tables as t
  join caseload.runs as r on r.run_id = t.run_id
  where t.state = 'published'
    and t.leaf is not null
),
spans as (
  select
    l.source,
    max(l.batch_date) as newest,
    least(30, max(l.batch_date) - min(l.batch_date) + 1) as days
  from leaves as l
  group by l.source
)
select
  l.source,
  l.table_name,
  count(distinct l.leaf) as leaves,
  s.days
from leaves as l
join spans as s on s.source = l.source
where l.batch_date > s.newest - s.days
group by
  l.source,
  l.table_name,
  s.days
order by
  l.source,
  l.table_name
