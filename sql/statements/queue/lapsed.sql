-- $1 seconds. One row per lease that lapsed so long ago that its job may be taken.
select
  l.job_id,
  l.lease_id,
  l.source,
  l.batch_date,
  l.run_id,
  l.worker
from caseload.leases as l
where l.expires_at < clock_timestamp() - make_interval(secs => $1)
order by
  l.expires_at
