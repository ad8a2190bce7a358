-- $1 run, $2 hash of the code, $3 zone, $4 hash of the contracts, $5 version of the engine's semantics,
-- $6 changed rules as JSON. One row.
update caseload.runs
set
  code_hash = $2,
  zone = $3,
  contract_hash = $4,
  engine_semantics = $5,
  rules = $6
where run_id = $1
