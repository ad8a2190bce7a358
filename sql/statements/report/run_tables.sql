-- One row per table of the runs in $1: its balance, by rule.
select
  t.run_id,
  t.table_name,
  t.candidates,
  t.loaded,
  t.quarantined_by,
  t.removed,
  t.dropped,
  t.warned
from caseload.tables as t
where t.run_id = any ($1::uuid[])
order by
  t.run_id,
  t.table_name
