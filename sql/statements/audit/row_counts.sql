-- $1 source, $2 batch date, $3 tables. One row per table that earlier batches of the same weekday filled: how many of the
-- newest eight there are, and the median of their rows. Of a batch that was replaced, the last version counts.
with versions as (
  select distinct on (t.table_name, r.batch_date)
    t.table_name,
    r.batch_date,
    t.loaded
  from caseload.runs as r
  join caseload.tables as t on t.run_id = r.run_id
  where r.source = $1
    and r.batch_date < $2::date
    and extract(isodow from r.batch_date) = extract(isodow from $2::date)
    and r.status in ('published', 'replaced')
    and t.table_name = any ($3::text[])
  order by
    t.table_name,
    r.batch_date,
    r.published_at desc
),
newest_first as (
  select
    table_name,
    loaded,
    row_number() over (
      partition by table_name
      order by batch_date desc
    ) as nth
  from versions
)
select
  table_name,
  count(*)::integer as batches,
  percentile_cont(0.5) within group (order by loaded) as median
from newest_first
where nth <= 8
group by table_name
