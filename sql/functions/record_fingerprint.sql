-- Records what a running run is made from besides its files: hash of the code, zone, hash of the contracts, version of the engine's
-- semantics, and the changed rules.
create or replace function caseload.record_fingerprint(
  p_run_id uuid,
  p_code_hash text,
  p_zone text,
  p_contract_hash text,
  p_engine_semantics integer,
  p_rules json
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update caseload.runs
  set
    code_hash = p_code_hash,
    zone = p_zone,
    contract_hash = p_contract_hash,
    engine_semantics = p_engine_semantics,
    rules = p_rules
  where run_id = p_run_id
    and status = 'running';
end
$$;
