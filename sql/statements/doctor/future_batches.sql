-- $1 a day. One row per published batch of a later day.
select
  r.source,
  r.batch_date as date
from caseload.runs as r
where r.status = 'published'
  and r.batch_date > $1::date
order by
  r.source,
  r.batch_date
