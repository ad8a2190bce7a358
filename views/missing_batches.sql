-- Grain: one row per source and day, between its first and its newest published batch, on which its schedule expects a
-- batch, which is due, and none is published. The newest one is that of a day that has begun somewhere (at UTC+14): later
-- ones, as of a folder with a wrong name, do not count. A day that is dismissed or unpublished is not missing: its pin says
-- why. Reads caseload.sources and caseload.runs, since a batch of no file has no tables. A weekly source is expected on the
-- weekday of its first batch, an irregular one never.
create or replace view clinical.missing_batches as
select
  b.source,
  b.first_batch_date + day.number as batch_date
from (
  select
    s.source,
    s.schedule,
    min(p.batch_date) as first_batch_date,
    least(
      max(p.batch_date) filter (
        where p.batch_date <= (now() at time zone 'UTC' + interval '14 hours')::date
      ),
      caseload.last_due(s.zone, s.due, s.lag_days)
    ) as last_batch_date,
    array_agg(distinct p.batch_date) as published
  from caseload.sources as s
  join caseload.runs as p
    on p.source = s.source
    and p.status = 'published'
  group by s.source
) as b
cross join lateral generate_series(0, b.last_batch_date - b.first_batch_date) as day (number)
where b.first_batch_date + day.number <> all (b.published)
  and case b.schedule
    when 'daily' then true
    when 'weekdays' then extract(isodow from b.first_batch_date + day.number) < 6
    when 'weekly' then day.number % 7 = 0
    else false
  end
  and not exists (
    select
    from caseload.pins as pin
    where pin.source = b.source
      and pin.batch_date = b.first_batch_date + day.number
  );
