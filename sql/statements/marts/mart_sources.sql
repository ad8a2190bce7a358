-- The sources with a published batch, now or when the marts were refreshed, one row each.
select
  source
from caseload.runs
where status = 'published'
union
select
  source
from caseload_marts.runs
order by 1
