-- $1 run, $2 how it ended, $3 class of the error, $4 its message. One row, none if the run is no longer running.
update caseload.runs
set
  status = $2,
  ended_at = now(),
  error_class = $3,
  error_message = $4
where run_id = $1
  and status = 'running'
