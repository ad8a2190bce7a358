-- $1 a run that tries again. Deletes what its failed attempt recorded.
select caseload.forget_attempt($1)
