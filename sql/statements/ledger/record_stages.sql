-- $1 run, $2 the stages as JSON.
select caseload.record_stages($1, $2)
