-- $1 a source, null for all. Its versions that the marts hold and that are no longer published in this snapshot, one row each.
select
  m.run_id
from caseload.mart_runs as m
where ($1::text is null or m.source = $1)
  and not exists (
    select
    from caseload.runs as r
    where r.run_id = m.run_id
      and r.status = 'published'
  )
