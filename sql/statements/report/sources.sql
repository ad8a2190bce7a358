-- One row per source of $1 (null: all) that ever ran: when it delivers, and when it ran for the first time.
select
  s.source,
  s.transformer,
  s.zone,
  s.schedule,
  s.due,
  s.lag_days,
  extract(epoch from s.first_run_at)::float8 * 1000 as first_run_at
from caseload.sources as s
where $1::text[] is null
  or s.source = any ($1::text[])
order by s.source
