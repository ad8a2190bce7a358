-- One row per worker that runs jobs: how many, and whether its leases have lapsed.
select
  l.worker,
  count(*) as jobs,
  bool_or(l.expires_at < clock_timestamp()) as lapsed
from caseload.leases as l
group by
  l.worker
order by
  1
