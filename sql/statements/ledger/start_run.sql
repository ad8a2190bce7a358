-- $1 run, $2 source, $3 batch date, $4 version of the code, $5 host, $6 process, $7 the caller's id or null, $8 true for a
-- run that only compares. Records the run as running.
select caseload.start_run($1, $2, $3, $4, $5, $6, $7, $8)
