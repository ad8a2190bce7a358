-- $1 an id. The row in quarantine of that id, with its text as delivered.
select
  q.quarantine_id as id,
  q.run_id,
  q.source,
  q.batch_date,
  q.table_name,
  q.file,
  q.record_no,
  q.column_name,
  q.rule,
  q.reason,
  q.state,
  q.dropped,
  q.run_started_at,
  q.row::text as row
from caseload.quarantine as q
where q.quarantine_id = $1
