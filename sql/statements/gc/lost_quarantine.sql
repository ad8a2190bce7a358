-- One row: how many rejected rows belong to runs that the ledger has no row of.
select
  count(*) as rows
from caseload.quarantine_rows as q
where not exists (select from caseload.runs as r where r.run_id = q.run_id)
