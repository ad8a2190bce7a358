-- One row per run that is `running` in the ledger while no session holds the lock of its batch: its process died, or
-- waits between two attempts.
select
  r.run_id,
  r.source,
  r.batch_date,
  r.host,
  r.process_id
from caseload.runs as r
where r.status = 'running'
  and not caseload.batch_is_locked(r.source, r.batch_date)
order by
  r.source,
  r.batch_date,
  r.started_at
