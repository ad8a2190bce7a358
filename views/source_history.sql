-- Grain: one row per source with a dated visit: from which day on its visits of each type are known, null where it
-- delivers none of that type. Reads clinical.person_visits, clinical.current_procedures and caseload.published.
-- That is the day of its first published batch, or, of a source that delivers its past (an export), the day by which
-- one in a hundred of those visits had ended: a few late corrections of old visits are no history, and neither is a
-- long stay that ends after the first batch.
-- codes_procedures: it delivers procedures with an ICD code, of visits.
-- materialized: by source
create or replace view clinical.source_history as
select
  v.source,
  least(v.emergency_from, case when v.emergency_from is not null then b.first_batch_date end) as emergency_from,
  least(v.inpatient_from, case when v.inpatient_from is not null then b.first_batch_date end) as inpatient_from,
  least(v.icu_from, case when v.icu_from is not null then b.first_batch_date end) as icu_from,
  exists (
    select
    -- A step for Citus, as in latest_visits.
    from (
      with coded as (
        select
          source,
          code_system,
          visit_id
        from clinical.current_procedures
      )
      select * from coded
    ) as c
    where c.source = v.source
      and c.code_system like 'ICD-%'
      and c.visit_id is not null
  ) as codes_procedures
from (
  select
    source,
    percentile_disc(0.01) within group (order by coalesce(ended_on, started_on)) filter (
      where visit_type = 'emergency'
    ) as emergency_from,
    percentile_disc(0.01) within group (order by ended_on) filter (where visit_type = 'inpatient') as inpatient_from,
    percentile_disc(0.01) within group (order by ended_on) filter (where visit_type = 'icu') as icu_from
  from clinical.person_visits
  group by source
) as v
left join (
  select
    source,
    min(batch_date) as first_batch_date
  from caseload.published
  group by source
) as b
  on b.source = v.source;
