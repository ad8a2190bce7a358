-- $1 a SCRAM verifier, which does not reveal the password. One row. Keeps it in the session for password.sql.
select
  set_config('caseload.password_verifier', $1, false)
