-- No rows. `alter role` takes no parameter, so the verifier comes from the session and is quoted by the server.
do $$
begin
  execute format('alter role caseload password %L', current_setting('caseload.password_verifier'));
end
$$
