-- One row: the first and the newest day that a run of the sources in $1 (null: all) tried; null where none did.
select
  min(r.batch_date) as oldest,
  max(r.batch_date) as newest
from caseload.runs as r
where r.status <> 'planned'
  and not r.compares
  and ($1::text[] is null or r.source = any ($1::text[]))
