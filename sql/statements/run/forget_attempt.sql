-- $1 a run that tries again. Deletes what its failed attempt recorded: staged leaves, files, rejected rows, results of
-- quality rules. One row.
with files as (
  delete from caseload.files
  where run_id = $1
),
rejects as (
  delete from caseload.quarantine_rows
  where run_id = $1
),
checks as (
  delete from caseload.checks
  where run_id = $1
)
select
  caseload.discard_stage($1)
