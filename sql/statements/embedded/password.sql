-- No rows. `alter role` accepts no parameter, so the server reads the verifier from the session and quotes it.
do $$
begin
  execute format('alter role caseload password %L', current_setting('caseload.password_verifier'));
end
$$
