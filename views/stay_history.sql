-- Grain: one row per inpatient or intensive care stay that is true now, open or discharged, with the person's earlier
-- visits in any source and any batch. Reads clinical.person_stays and clinical.source_history. The legs of one inpatient
-- stay are one row, under the visit_id of the last (clinical.stay_legs); so they are among the earlier stays, too.
-- emergency_visits: those that began in the 6 months before the admission, without the one that led to this stay (one
-- that ended on the day of the admission or later, or on the day before it by transfer or otherwise than home).
-- inpatient_stays and icu_stays: those that began in the 12 months before the admission.
-- All stays are found once, materialized: they cross windows over persons, which no filter on a patient could enter.
-- died: the patient died in the stay or on the day of its discharge, so no model may speak of what comes after it.
-- codes_procedures: that of clinical.source_history.
-- A count is null, not 0, where it looks back further than the source's visits of that type are known.
create or replace view clinical.stay_history as
with stays as materialized (
  select
    source,
    patient_id,
    person_id,
    visit_id,
    visit_type,
    admission_type,
    discharge_disposition,
    service,
    zone,
    started_on,
    ended_on,
    starts_at,
    admitted_at,
    discharged_at,
    died
  from clinical.person_stays
)
select
  s.source,
  s.patient_id,
  s.person_id,
  s.visit_id,
  s.visit_type,
  s.admission_type,
  s.service,
  s.zone,
  s.started_on,
  s.ended_on,
  s.admitted_at,
  s.discharged_at,
  s.ended_on - s.started_on as days,
  s.died,
  case
    when h.emergency_from <= s.started_on - interval '6 months'
      then coalesce(e.emergency_visits - least(e.leading_visits, 1), 0)
  end as emergency_visits,
  case
    when h.inpatient_from <= s.started_on - interval '12 months' then coalesce(e.inpatient_stays, 0)
  end as inpatient_stays,
  case
    when h.icu_from <= s.started_on - interval '12 months' then coalesce(e.icu_stays, 0)
  end as icu_stays,
  coalesce(h.codes_procedures, false) as codes_procedures
from stays as s
left join (
  select
    l.source,
    l.patient_id,
    l.visit_id,
    count(*) filter (
      where r.visit_type = 'emergency' and r.started_on >= l.started_on - interval '6 months'
    ) as emergency_visits,
    count(*) filter (
      where r.visit_type = 'emergency'
        and r.started_on >= l.started_on - interval '6 months'
        and (
          coalesce(r.ended_on, r.started_on) >= l.started_on
          or (r.ended_on = l.started_on - 1 and r.discharge_disposition in ('transfer', 'other'))
        )
    ) as leading_visits,
    count(*) filter (where r.visit_type = 'inpatient') as inpatient_stays,
    count(*) filter (where r.visit_type = 'icu') as icu_stays
  from stays as l
  join stays as r
    on r.person_id = l.person_id
    and r.started_on between l.started_on - interval '12 months' and l.started_on
    and (r.starts_at < l.starts_at or (r.visit_type = 'emergency' and r.starts_at = l.starts_at))
  where l.visit_type in ('inpatient', 'icu')
  group by
    l.source,
    l.patient_id,
    l.visit_id
) as e
  on e.source = s.source
  and e.patient_id = s.patient_id
  and e.visit_id = s.visit_id
left join clinical.source_history as h
  on h.source = s.source
where s.visit_type in ('inpatient', 'icu');
