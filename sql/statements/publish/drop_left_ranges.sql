-- $1 source, $2 day, $3 UUID of the operation. One row: how many staged leaves of that month the operation left, and how
-- many were dropped; null if another session holds the lock of the month: another command, which drops them before its
-- work, or the session of the operation, which is about to end.
select
  g.staged,
  case
    when g.staged > 0
      and pg_try_advisory_xact_lock(caseload.month_key($1, $2::date))
      then caseload.drop_staged_ranges($1, $2::date)
  end as dropped
from (
  select
    count(*) as staged
  from caseload.range_leaves as r
  where r.source = $1
    and r.operation_id = $3
    and r.state = 'staged'
  offset 0
) as g
