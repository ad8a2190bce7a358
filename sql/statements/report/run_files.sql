-- One row per file of the runs in $1.
select
  f.run_id,
  f.path,
  f.input,
  f.bytes,
  f.records,
  f.quarantined,
  f.sha256
from caseload.files as f
where f.run_id = any ($1::uuid[])
order by
  f.run_id,
  f.input,
  f.path
