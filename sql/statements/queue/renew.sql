-- $1 worker, $2 seconds. Renews the leases of a worker; one row per lease that is still its own, with the state of its job.
update caseload.leases as l
set expires_at = clock_timestamp() + make_interval(secs => $2)
from caseload_queue.job as j
where l.worker = $1
  and j.name = 'batches'
  and j.id = l.job_id
returning
  l.lease_id,
  j.state
