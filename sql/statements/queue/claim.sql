-- $1 worker, $2 lease, $3 seconds of the lease, $4 excluded sources as text[], $5 jobs of one source at once or null. One row,
-- none if no job may run now.
select
  c.job_id,
  c.source,
  c.batch_date,
  c.data,
  c.tries,
  c.most_tries,
  c.first_claimed_at
from caseload.claim_job($1, $2, $3, $4, $5) as c
