-- One row per table of each published batch of the sources in $1 (null: all) on the days from $2 to $3.
select
  p.source,
  p.table_name,
  p.batch_date,
  p.rows
from caseload.published as p
where ($1::text[] is null or p.source = any ($1::text[]))
  and p.batch_date between $2::date and $3::date
order by
  p.source,
  p.table_name,
  p.batch_date
