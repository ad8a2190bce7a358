-- $1 a source, null for all. Records which of its versions the marts hold: those that are published in this snapshot.
insert into caseload.mart_runs (
  run_id,
  source,
  batch_date
)
select
  r.run_id,
  r.source,
  r.batch_date
from caseload.runs as r
where r.status = 'published'
  and ($1::text is null or r.source = $1)
on conflict do nothing
