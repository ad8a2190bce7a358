-- $1 a run. One row: true if it was masked when it was loaded.
select
  caseload.is_masked(r.code_hash) as masked
from caseload.runs as r
where r.run_id = $1
