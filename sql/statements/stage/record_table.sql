-- $1 run, $2 table, $3 its staged leaf or null, $4 candidates, $5 loaded rows, $6 quarantined rows; $7 quarantined and
-- $8 removed rows by rule, $9 dropped values and $10 warnings, each a JSON object. Records one staged table of a running
-- run; one row, none if the run is no longer running.
-- FOR SHARE makes a session that declares this run dead wait for this transaction, so that it finds the leaf and drops
-- it; if it was first, this finds the run no longer running. Without it, a stage that was about to end when its command
-- died left a leaf.
insert into caseload.tables (
  run_id,
  table_name,
  leaf,
  candidates,
  loaded,
  quarantined,
  quarantined_by,
  removed,
  dropped,
  warned
)
select
  r.run_id,
  $2,
  $3,
  $4,
  $5,
  $6,
  $7,
  $8,
  $9,
  $10
from caseload.runs as r
where r.run_id = $1
  and r.status = 'running'
for share
