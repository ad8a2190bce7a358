-- One row. $1 is a SCRAM verifier, from which the password cannot be read; password.sql gives it to the role.
select
  set_config('caseload.password_verifier', $1, false)
