-- $1 source, $2 batch date, $3 first eight digits of run ids. One row per run of $3 and of the batch that has ended.
select
  left(r.run_id::text, 8) as run
from caseload.runs as r
where r.source = $1
  and r.batch_date = $2
  and r.status <> 'running'
  and left(r.run_id::text, 8) = any ($3::text[])
