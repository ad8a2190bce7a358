-- $1 run, $2 name of a check that looks at files. One row per table: what it found there, the last time it was recorded.
select distinct on (c.table_name)
  c.table_name,
  c.outcome,
  c.checked_rows,
  c.detail
from caseload.checks as c
where c.run_id = $1
  and c.check_name = $2
order by c.table_name, c.checked_at desc
