-- Records how long the last attempt of a run spent in each stage: a JSON array of {stage, ms} in order.
create or replace function caseload.record_stages(p_run_id uuid, p_stages json)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update caseload.runs
  set
    stages = p_stages
  where run_id = p_run_id;
end
$$;
