-- $1 run, $2 its failed attempts as a JSON array of objects, $3 number of attempts so far, with the one that runs.
select caseload.record_attempts($1, $2, $3)
