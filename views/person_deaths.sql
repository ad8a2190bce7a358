-- Grain: one row per person of whom a source knows a death: the earliest local day of it, in the zone of the source that
-- says so. Reads clinical.current_patients and caseload.sources.
create or replace view clinical.person_deaths as
select
  c.person_id,
  min((c.deceased_at at time zone coalesce(z.zone, 'UTC'))::date) as died_on
from clinical.current_patients as c
left join caseload.sources as z
  on z.source = c.source
where c.deceased_at is not null
group by c.person_id;
