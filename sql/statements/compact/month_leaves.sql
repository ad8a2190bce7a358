-- $1 source, $2 first day or null, $3 the day after the last. One row per table and month that lies within those days and
-- holds rows of the table: its leaves in the order of their days.
with leaves as (
  select
    date_trunc('month', r.batch_date)::date as month,
    t.table_name,
    t.leaf,
    min(r.batch_date) as first_day,
    sum(t.loaded) as rows
  from caseload.runs as r
  join caseload.tables as t on t.run_id = r.run_id
  where r.source = $1
    and r.status = 'published'
    and t.state = 'published'
    and t.leaf is not null
    and date_trunc('month', r.batch_date)::date >= coalesce($2::date, '-infinity')
    and (date_trunc('month', r.batch_date) + interval '1 month')::date <= $3::date
  group by
    1,
    2,
    3
)
select
  l.month as from_date,
  (l.month + interval '1 month')::date as to_date,
  l.table_name,
  json_agg(l.leaf order by l.first_day) as leaves,
  sum(l.rows)::bigint as rows
from leaves as l
group by
  l.month,
  l.table_name
order by
  l.month,
  l.table_name
