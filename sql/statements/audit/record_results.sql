-- $1 run, $2 the results as a JSON array of objects. Writes one row per check, all with one time.
insert into caseload.checks (
  run_id,
  check_name,
  table_name,
  severity,
  outcome,
  checked_rows,
  bad_rows,
  detail
)
select
  $1,
  r."check",
  r."table",
  r.severity,
  r.outcome,
  r."checkedRows",
  r."badRows",
  r.detail
from json_to_recordset($2) as r (
  "check" text,
  "table" text,
  severity text,
  outcome text,
  "checkedRows" bigint,
  "badRows" bigint,
  detail text
)
