-- $1 run, $2 how it ended, $3 class of the error, $4 its message.
select caseload.end_run($1, $2, $3, $4)
