-- $1 first eight digits of run ids, $2 dead runs that are still `running` in the ledger. One row per run of $1 that has
-- ended.
select
  left(r.run_id::text, 8) as run
from caseload.runs as r
where left(r.run_id::text, 8) = any ($1::text[])
group by 1
having bool_and(r.status <> 'running' or r.run_id = any ($2::uuid[]))
