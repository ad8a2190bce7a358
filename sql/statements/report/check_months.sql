-- One row per source, table, check and month of the published batches of the sources in $1 (null: all) on the days from $2 to
-- $3: how many batches passed, warned and failed when the check was made last.
with newest as (
  select distinct on (c.run_id, c.table_name, c.check_name)
    r.source,
    r.batch_date,
    c.table_name,
    c.check_name,
    c.outcome
  from caseload.runs as r
  join caseload.checks as c on c.run_id = r.run_id
  where r.status = 'published'
    and ($1::text[] is null or r.source = any ($1::text[]))
    and r.batch_date between $2::date and $3::date
  order by
    c.run_id,
    c.table_name,
    c.check_name,
    c.checked_at desc
)
select
  n.source,
  n.table_name,
  n.check_name,
  to_char(n.batch_date, 'YYYY-MM') as month,
  count(*) filter (where n.outcome = 'pass') as pass,
  count(*) filter (where n.outcome = 'warn') as warn,
  count(*) filter (where n.outcome = 'fail') as fail
from newest as n
group by
  n.source,
  n.table_name,
  n.check_name,
  month
order by
  n.source,
  n.table_name,
  n.check_name,
  month
