-- $1 run, $2 names of checks that look at files. One row per check and table: what it found there, the last time it was recorded.
select distinct on (c.check_name, c.table_name)
  c.check_name,
  c.table_name,
  c.outcome,
  c.checked_rows,
  c.detail
from caseload.checks as c
where c.run_id = $1
  and c.check_name = any($2)
order by c.check_name, c.table_name, c.checked_at desc
