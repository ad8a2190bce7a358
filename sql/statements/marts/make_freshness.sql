-- Grain: one row per mart and source. published_through: the newest day whose batch the mart holds. behind_by: how many batches
-- were published, replaced or taken away since its last refresh, so 0 says that it equals its live view. refreshed_at: the
-- moment of that refresh. behind_since: since when at least one batch is missing, null where behind_by is 0; of a batch that was
-- taken away the refresh before it is the earliest moment.
create or replace view mart.freshness as
select
  m.mart,
  r.source,
  r.published_through,
  b.behind_by,
  s.refreshed_at,
  b.behind_since
from caseload.marts as m
cross join caseload.mart_state as s
cross join (
  select
    a.source,
    max(a.batch_date) filter (where a.is_held) as published_through
  from (
    select
      source,
      batch_date,
      true as is_held
    from caseload.mart_runs
    union all
    select
      source,
      batch_date,
      false
    from caseload.runs
    where status = 'published'
  ) as a
  group by a.source
) as r
cross join lateral (
  select
    count(distinct c.batch_date) as behind_by,
    min(coalesce(c.published_at, s.refreshed_at)) as behind_since
  from (
    select
      p.batch_date,
      p.published_at
    from caseload.runs as p
    where p.source = r.source
      and p.status = 'published'
      and not exists (select from caseload.mart_runs as h where h.run_id = p.run_id)
    union all
    select
      h.batch_date,
      null
    from caseload.mart_runs as h
    where h.source = r.source
      and not exists (select from caseload.runs as p where p.run_id = h.run_id and p.status = 'published')
  ) as c
) as b
