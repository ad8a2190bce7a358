-- $1 run. When it began, by the server's clock; one row.
select
  r.started_at
from caseload.runs as r
where r.run_id = $1
