-- $1 source, $2 batch date, $3 tables. One row per table of which the batch of that day would become the newest: the
-- newest published batch before it, where that holds rows. A day of which the table is published already, and one before
-- a published day, have none.
with newest as (
  select distinct on (t.table_name)
    t.table_name,
    r.batch_date,
    t.loaded
  from caseload.runs as r
  join caseload.tables as t on t.run_id = r.run_id
  where r.source = $1
    and r.status = 'published'
    and t.state = 'published'
    and t.table_name = any ($3::text[])
  order by
    t.table_name,
    r.batch_date desc
)
select
  table_name,
  batch_date,
  loaded
from newest
where batch_date < $2::date
  and loaded > 0
