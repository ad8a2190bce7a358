-- One row per timer, with the time of the server.
select
  s.name,
  s.cron,
  s.zone,
  to_json(s.sources) as sources,
  s.days_back,
  s.last_due,
  s.set_at,
  clock_timestamp() as now
from caseload.timers as s
order by
  s.name
