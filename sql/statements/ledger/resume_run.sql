-- $1 a run that tries again. Marks it as running; one row, none if another run declared it dead.
update caseload.runs
set
  status = 'running',
  ended_at = null,
  error_class = null,
  error_message = null
where run_id = $1
  and status in ('running', 'failed')
