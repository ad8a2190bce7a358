-- $1 run. One row, none if the ledger does not know it.
select
  r.status
from caseload.runs as r
where r.run_id = $1
