-- $1 a run that only compares, $2 class and $3 message of the error that would refuse it, or null. Ends the run, and
-- drops its staged leaves and rejected rows. One row; none if the run is no longer running.
with ended as (
  update caseload.runs
  set
    status = 'planned',
    ended_at = clock_timestamp(),
    error_class = $2,
    error_message = $3
  where run_id = $1
    and status = 'running'
  returning run_id
),
rejects as (
  delete from caseload.quarantine_rows as q
  using ended
  where q.run_id = ended.run_id
)
select
  caseload.drop_leaves(ended.run_id) as dropped
from ended
