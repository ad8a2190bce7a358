-- $1 an id. The one row in quarantine of that id, with the text of the row as it was delivered.
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
