-- Grain: one row per source, type of visit, month of the start (its first day) and day by which the visit is known: how many
-- visits there are. known_on is the day of the end; of an emergency visit without one it is the day of the start, and of another
-- open visit null. Reads clinical.person_visits.
-- materialized: by source and month of started_on
create or replace view clinical.visit_ends as
select
  source,
  visit_type,
  date_trunc('month', started_on::timestamp)::date as month,
  case when visit_type = 'emergency' then coalesce(ended_on, started_on) else ended_on end as known_on,
  count(*) as visits
from clinical.person_visits
group by 1, 2, 3, 4;
