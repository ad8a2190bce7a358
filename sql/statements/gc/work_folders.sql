-- $1 first eight digits of run ids, $2 runs that are dead though they say they are running. One row per run among the first
-- that has ended.
select
  left(r.run_id::text, 8) as run
from caseload.runs as r
where left(r.run_id::text, 8) = any ($1::text[])
group by 1
having bool_and(r.status <> 'running' or r.run_id = any ($2::uuid[]))
