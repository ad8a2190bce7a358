-- One row per source with a published batch, now or at the last refresh of the marts.
select
  source,
  max(published_through)::text as published_through,
  max(behind_by)::integer as behind_by
from mart.freshness
group by source
order by source
