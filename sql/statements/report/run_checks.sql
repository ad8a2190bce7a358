-- One row per check and table of the runs in $1, as it was made last.
select distinct on (c.run_id, c.table_name, c.check_name)
  c.run_id,
  c.table_name,
  c.check_name,
  c.severity,
  c.outcome,
  c.checked_rows,
  c.bad_rows
from caseload.checks as c
where c.run_id = any ($1::uuid[])
order by
  c.run_id,
  c.table_name,
  c.check_name,
  c.checked_at desc
