-- $1 sources, null for all. One row per source of which a batch is published: the first and the last day of those.
select
  r.source,
  min(r.batch_date) as first,
  max(r.batch_date) as last
from caseload.runs as r
where r.status = 'published'
  and ($1::text[] is null or r.source = any ($1::text[]))
group by r.source
order by r.source
