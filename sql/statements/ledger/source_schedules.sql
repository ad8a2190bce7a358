-- One row per source that ever ran: on which days it delivers, and when a delivery is late.
select
  s.source,
  s.schedule,
  s.zone,
  s.due,
  s.lag_days
from caseload.sources as s
order by s.source
