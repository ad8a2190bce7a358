-- One row per batch that ever ran: what is published of it, and how its newest run ended. A run that says it is running
-- while nobody holds the batch's lock died.
with newest as (
  select distinct on (r.source, r.batch_date)
    r.source,
    r.batch_date,
    r.run_id,
    case
      when r.status = 'running' and not caseload.batch_is_held(r.source, r.batch_date) then 'aborted'
      else r.status
    end as status,
    r.error_class
  from caseload.runs as r
  order by
    r.source,
    r.batch_date,
    r.started_at desc,
    r.run_id
),
published as (
  select
    p.source,
    p.batch_date,
    p.run_id,
    p.published_at,
    sum(p.rows)::bigint as rows
  from caseload.published as p
  group by
    p.source,
    p.batch_date,
    p.run_id,
    p.published_at
)
select
  n.source,
  n.batch_date,
  n.status as last_run,
  n.error_class as last_error,
  p.run_id as published_run,
  p.published_at,
  p.rows
from newest as n
left join published as p on p.source = n.source and p.batch_date = n.batch_date
order by
  n.source,
  n.batch_date
