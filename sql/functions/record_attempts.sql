-- Records the failed attempts of a run, a JSON array of objects, and the number of attempts so far, with the one that runs. A failed
-- attempt that is recorded already stays. An attempt tells its age, because the ledger's times are those of the server's clock.
create or replace function caseload.record_attempts(p_run_id uuid, p_attempts json, p_so_far integer)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into caseload.attempts (
    run_id,
    attempt,
    failed_at,
    error_class,
    error_message,
    wait_ms
  )
  select
    p_run_id,
    a.attempt,
    now() - make_interval(secs => a."ageSeconds"),
    a."errorClass",
    a.message,
    a."waitMs"
  from json_to_recordset(p_attempts) as a (
    attempt integer,
    "ageSeconds" double precision,
    "errorClass" text,
    message text,
    "waitMs" integer
  )
  on conflict do nothing;

  update caseload.runs
  set
    attempts = p_so_far
  where run_id = p_run_id;
end
$$;
