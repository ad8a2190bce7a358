-- Grain: one row per stay: an inpatient stay with all its legs (clinical.stay_legs) under its last leg, and each emergency
-- and intensive care visit of clinical.person_visits. died is explained in clinical.stay_legs. Reads these two and
-- clinical.person_deaths.
create or replace view clinical.person_stays as
select
  l.source,
  l.patient_id,
  l.person_id,
  l.visit_id,
  'inpatient'::text as visit_type,
  l.stay_admission_type as admission_type,
  null::text as discharge_disposition,
  l.service,
  l.zone,
  l.stay_started_on as started_on,
  l.ended_on,
  l.stay_starts_at as starts_at,
  l.stay_admitted_at as admitted_at,
  l.discharged_at,
  l.died
from clinical.stay_legs as l
where l.is_last
union all
select
  v.source,
  v.patient_id,
  v.person_id,
  v.visit_id,
  v.visit_type,
  v.admission_type,
  v.discharge_disposition,
  v.service,
  v.zone,
  v.started_on,
  v.ended_on,
  v.starts_at,
  v.admitted_at,
  v.discharged_at,
  coalesce(v.discharge_disposition = 'died', false)
    or coalesce(d.died_on <= coalesce(v.ended_on, 'infinity'), false)
from clinical.person_visits as v
left join clinical.person_deaths as d
  on d.person_id = v.person_id
where v.visit_type in ('emergency', 'icu');
