-- $1 run, $2 its failed attempts as a JSON array of objects, $3 number of attempts so far, with the one that runs. One row of
-- the run; a failed attempt that is recorded already stays.
-- An attempt tells its age, because the ledger's times are those of the server's clock.
with recorded as (
  insert into caseload.attempts (
    run_id,
    attempt,
    failed_at,
    error_class,
    error_message,
    wait_ms
  )
  select
    $1,
    a.attempt,
    now() - make_interval(secs => a."ageSeconds"),
    a."errorClass",
    a.message,
    a."waitMs"
  from json_to_recordset($2) as a (
    attempt integer,
    "ageSeconds" double precision,
    "errorClass" text,
    message text,
    "waitMs" integer
  )
  on conflict do nothing
)
update caseload.runs
set
  attempts = $3
where run_id = $1
