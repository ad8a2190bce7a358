-- One row per source of which the marts do not hold what is published. $1: sources, null for all. $2: now. is_late: for an hour.
select
  source,
  max(behind_by)::integer as behind_by,
  min(behind_since)::text as behind_since,
  min(behind_since) < $2::timestamptz - interval '1 hour' as is_late
from mart.freshness
where behind_by > 0
  and ($1::text[] is null or source = any ($1))
group by source
order by source
