-- Records a run as running; changes nothing if it is recorded already. p_external_id: the caller's id or null. p_compares: true for a
-- run that only compares.
create or replace function caseload.start_run(
  p_run_id uuid,
  p_source text,
  p_batch_date date,
  p_code_version text,
  p_host text,
  p_process_id integer,
  p_external_id text,
  p_compares boolean
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into caseload.runs (
    run_id,
    source,
    batch_date,
    code_version,
    host,
    process_id,
    external_id,
    compares
  )
  values (
    p_run_id,
    p_source,
    p_batch_date,
    p_code_version,
    p_host,
    p_process_id,
    p_external_id,
    p_compares
  )
  on conflict (run_id) do nothing;
end
$$;
