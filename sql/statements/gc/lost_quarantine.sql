-- One row: the number of rejected rows of runs that are not in the ledger.
select
  count(*) as rows
from caseload.quarantine_rows as q
where not exists (select from caseload.runs as r where r.run_id = q.run_id)
