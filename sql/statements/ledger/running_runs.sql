-- $1 source, $2 batch date. One row per run of the batch that is `running`.
select
  r.run_id
from caseload.runs as r
where r.source = $1
  and r.batch_date = $2::date
  and r.status = 'running'
