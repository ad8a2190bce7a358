-- The notes of versions that neither readers nor a rollback nor the marts can need again, one row each.
select
  n.run_id
from caseload.batch_notes as n
where not exists (select from caseload.mart_runs as m where m.run_id = n.run_id)
  and not exists (
    select
    from caseload.tables as t
    where t.run_id = n.run_id
      and t.state in ('staged', 'published', 'kept')
  )
