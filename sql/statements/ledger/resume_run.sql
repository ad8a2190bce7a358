-- $1 a run that tries again. Marks it as running; false if another run declared it dead.
select caseload.resume_run($1) as resumed
