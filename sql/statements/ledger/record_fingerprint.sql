-- $1 run, $2 hash of the code, $3 zone, $4 hash of the contracts, $5 version of the engine's semantics,
-- $6 changed rules as JSON.
select caseload.record_fingerprint($1, $2, $3, $4, $5, $6)
