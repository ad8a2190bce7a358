-- $1 a run that only compares, $2 class and $3 message of the error that would refuse it, or null. Ends the run; false if it is
-- no longer running.
select caseload.end_plan($1, $2, $3) as ended
