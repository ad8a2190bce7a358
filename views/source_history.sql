-- Grain: one row per source with a dated visit: from which day on its visits of each type are known, null where it
-- delivers none of that type. Reads clinical.visit_ends, clinical.current_procedures and caseload.published.
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
    e.source,
    min(e.known_on) filter (where e.visit_type = 'emergency' and e.known_by_then * 100 >= e.known) as emergency_from,
    min(e.known_on) filter (where e.visit_type = 'inpatient' and e.known_by_then * 100 >= e.known) as inpatient_from,
    min(e.known_on) filter (where e.visit_type = 'icu' and e.known_by_then * 100 >= e.known) as icu_from
  from (
    select
      d.source,
      d.visit_type,
      d.known_on,
      sum(d.visits) over (partition by d.source, d.visit_type order by d.known_on) as known_by_then,
      sum(d.visits) filter (where d.known_on is not null) over (partition by d.source, d.visit_type) as known
    -- A step for Citus, as in latest_visits.
    from (
      with ends as (
        select
          source,
          visit_type,
          known_on,
          visits
        from clinical.visit_ends
      )
      select * from ends
    ) as d
  ) as e
  group by e.source
) as v
left join (
  select
    source,
    min(batch_date) as first_batch_date
  from caseload.published
  group by source
) as b
  on b.source = v.source;
