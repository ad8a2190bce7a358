-- $1 source, $2 first day, $3 the day after the last. One row per day: whether the session now holds the lock of its batch.
select
  d.day::date as day,
  pg_try_advisory_lock(caseload.batch_key($1, d.day::date)) as got
from generate_series($2::date, $3::date - 1, interval '1 day') as d (day)
