-- $1 to $3 ages of rejected rows, kept versions and runs; null: none of that kind. One row per batch of which something is older,
-- with how much. `locked` if a run or another command works on it.
select
  o.source,
  o.batch_date::text as date,
  coalesce(
    sum((select count(*) from caseload.quarantine_rows as q where q.run_id = o.run_id)) filter (where o.kind = 'quarantine'),
    0
  )::bigint as rejected_rows,
  count(*) filter (where o.kind = 'kept') as versions,
  count(*) filter (where o.kind = 'run') as runs,
  caseload.batch_is_locked(o.source, o.batch_date) as locked
from caseload.retainable($1::interval, $2::interval, $3::interval) as o
group by
  o.source,
  o.batch_date
order by
  1,
  2
