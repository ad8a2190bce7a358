-- Grain: one row per mart and source. published_through: the newest day whose batch the mart holds. behind_by: how many batches
-- were published, replaced or taken away since its last refresh, so 0 says that it equals its live view. refreshed_at: the
-- moment of that refresh.
create or replace view mart.freshness as
select
  m.mart,
  r.source,
  r.published_through,
  (
    select
      count(distinct b.batch_date)
    from (
      select
        p.batch_date
      from caseload.runs as p
      where p.source = r.source
        and p.status = 'published'
        and not exists (select from caseload_marts.runs as h where h.run_id = p.run_id)
      union all
      select
        h.batch_date
      from caseload_marts.runs as h
      where h.source = r.source
        and not exists (select from caseload.runs as p where p.run_id = h.run_id and p.status = 'published')
    ) as b
  ) as behind_by,
  s.refreshed_at
from caseload_marts.marts as m
cross join caseload_marts.state as s
cross join (
  select
    a.source,
    max(a.batch_date) filter (where a.is_held) as published_through
  from (
    select
      source,
      batch_date,
      true as is_held
    from caseload_marts.runs
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
