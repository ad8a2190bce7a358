-- $1 source, $2 batch date. One row per leaf to stage before the day can be replaced alone: for each leaf that covers
-- other days, too, the days before, the day, and the days after, where they hold rows. run_id is the run of the day's
-- rows.
select
  g.table_name,
  g.leaf as whole,
  p.from_date,
  p.to_date,
  case
    when p.from_date = $2::date then held.run_id
  end as run_id
from caseload.ranges_over($1, $2::date) as g
cross join lateral (
  values
    (g.from_date, $2::date),
    ($2::date, $2::date + 1),
    ($2::date + 1, g.to_date)
) as p (from_date, to_date)
join lateral (
  select
    r.run_id
  from caseload.tables as t
  join caseload.runs as r on r.run_id = t.run_id
  where t.leaf = g.leaf
    and r.batch_date >= p.from_date
    and r.batch_date < p.to_date
  limit 1
) as held on true
order by
  g.table_name,
  p.from_date
