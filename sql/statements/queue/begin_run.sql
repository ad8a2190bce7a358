-- $1 job, $2 lease, $3 run. Records which run works on a job; one row, none if the lease is no longer the caller's.
update caseload.leases as l
set run_id = $3
where l.job_id = $1
  and l.lease_id = $2
returning
  l.run_id
