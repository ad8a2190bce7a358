-- One row per attempt of the runs in $1 that failed and was tried again.
select
  a.run_id,
  extract(epoch from a.failed_at)::float8 * 1000 as failed_at,
  a.error_class
from caseload.attempts as a
where a.run_id = any ($1::uuid[])
order by
  a.run_id,
  a.attempt
