-- Grain: one row per source, also one that has published nothing yet (its dates are null then). Reads caseload.sources,
-- caseload.runs and caseload.tables. newest_batch_date is the newest published day that has begun somewhere (at
-- UTC+14): a batch of a later day says nothing of how fresh a source is. newest_batch_rows counts the rows of all its
-- tables; days_since_newest_batch counts to today in the session's time zone.
create or replace view clinical.source_freshness as
select
  s.source,
  s.schedule,
  b.newest_batch_date,
  current_date - b.newest_batch_date as days_since_newest_batch,
  b.newest_published_at,
  coalesce(b.published_batches, 0) as published_batches,
  coalesce(b.newest_batch_rows, 0) as newest_batch_rows
from caseload.sources as s
left join (
  select
    source,
    max(batch_date) filter (where has_been) as newest_batch_date,
    max(published_at) as newest_published_at,
    count(*) as published_batches,
    (array_agg(rows order by batch_date desc) filter (where has_been))[1] as newest_batch_rows
  from (
    select
      r.source,
      r.batch_date,
      r.published_at,
      r.batch_date <= (now() at time zone 'UTC' + interval '14 hours')::date as has_been,
      coalesce(sum(t.loaded), 0)::bigint as rows
    from caseload.runs as r
    left join caseload.tables as t on t.run_id = r.run_id and t.state = 'published'
    where r.status = 'published'
    group by
      r.run_id,
      r.source,
      r.batch_date,
      r.published_at
  ) as batches
  group by source
) as b
  on b.source = s.source;
