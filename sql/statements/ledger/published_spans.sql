-- $1 sources, null for all. One row per source with a published batch: its first and its last published day.
select
  r.source,
  min(r.batch_date) as first,
  max(r.batch_date) as last
from caseload.runs as r
where r.status = 'published'
  and ($1::text[] is null or r.source = any ($1::text[]))
group by r.source
order by r.source
