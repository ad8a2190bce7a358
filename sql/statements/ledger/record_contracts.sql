-- $1 hash of the contracts, $2 the contracts as a JSON array of {"table", "definition"}. One row per table, none if the hash
-- is known.
insert into caseload.contracts (
  contract_hash,
  table_name,
  definition
)
select
  $1,
  c."table",
  c.definition::json
from json_to_recordset($2) as c (
  "table" text,
  definition text
)
on conflict do nothing
