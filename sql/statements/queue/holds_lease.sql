-- $1 job, $2 lease. One row while the lease is the caller's, none afterwards.
select
  l.run_id
from caseload.leases as l
where l.job_id = $1
  and l.lease_id = $2
