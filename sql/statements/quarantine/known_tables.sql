-- One row per name of a table or an input that the ledger knows, of any run.
select
  t.table_name as name
from caseload.tables as t
union
select
  f.input
from caseload.files as f
union
select
  q.table_name
from caseload.quarantine as q
order by
  1
