-- $1 first characters of a run's id. One row per run whose id begins so, the newest first, at most five.
select
  r.run_id,
  r.source,
  r.batch_date,
  r.status
from caseload.runs as r
where starts_with(r.run_id::text, $1)
order by
  r.started_at desc,
  r.run_id
limit 5
