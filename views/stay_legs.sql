-- Grain: one row per inpatient visit that is true now (a leg), with the stay that it belongs to. Reads
-- clinical.readmission_stays, clinical.person_visits and caseload.readmission_definitions.
-- The legs of one episode of the definition hospital_wide_30d are one stay: transfers and overlapping visits, in any
-- source, as long as that row merges them (merge_transfers, merge_overlaps). Where the row is gone, or does not speak of
-- inpatient visits, each visit is a stay of its own.
-- A stay is known by its last leg (stay_*), the one with the last discharge; an open leg is the last one. It begins with
-- its first leg, whose admission_type is how the patient came. died: a leg ended in death, or the person had died on or
-- before the day of the last discharge, or, while it is open, at all.
create or replace view clinical.stay_legs as
select
  l.source,
  l.patient_id,
  l.person_id,
  l.visit_id,
  l.zone,
  l.started_on,
  l.ended_on,
  l.admitted_at,
  l.discharged_at,
  l.stay_source,
  l.stay_patient_id,
  l.stay_visit_id,
  l.service,
  l.stay_started_on,
  l.stay_ended_on,
  l.stay_starts_at,
  l.stay_ends_at,
  l.stay_admitted_at,
  l.stay_admission_type,
  l.is_last,
  l.ends_in_death or coalesce(d.died_on <= coalesce(l.stay_ended_on, 'infinity'), false) as died
from (
  select
    s.source,
    s.patient_id,
    s.person_id,
    s.visit_id,
    s.zone,
    s.started_on,
    s.ended_on,
    s.admitted_at,
    s.discharged_at,
    first_value(s.source) over from_last as stay_source,
    first_value(s.patient_id) over from_last as stay_patient_id,
    first_value(s.visit_id) over from_last as stay_visit_id,
    s.service,
    first_value(s.started_on) over from_first as stay_started_on,
    first_value(s.ended_on) over from_last as stay_ended_on,
    first_value(s.starts_at) over from_first as stay_starts_at,
    first_value(s.ends_at) over from_last as stay_ends_at,
    first_value(s.admitted_at) over from_first as stay_admitted_at,
    first_value(s.admission_type) over from_first as stay_admission_type,
    row_number() over from_last = 1 as is_last,
    coalesce(bool_or(s.discharge_disposition = 'died') over whole_stay, false) as ends_in_death
  from clinical.readmission_stays as s
  where s.definition = 'hospital_wide_30d'
    and s.visit_type = 'inpatient'
  window
    whole_stay as (partition by s.definition, s.person_id, s.episode),
    from_first as (partition by s.definition, s.person_id, s.episode order by s.position),
    from_last as (
      partition by s.definition, s.person_id, s.episode
      order by
        coalesce(s.ends_at, 'infinity') desc,
        s.position desc
    )
  union all
  select
    v.source,
    v.patient_id,
    v.person_id,
    v.visit_id,
    v.zone,
    v.started_on,
    v.ended_on,
    v.admitted_at,
    v.discharged_at,
    v.source,
    v.patient_id,
    v.visit_id,
    v.service,
    v.started_on,
    v.ended_on,
    v.starts_at,
    v.ends_at,
    v.admitted_at,
    v.admission_type,
    true,
    coalesce(v.discharge_disposition = 'died', false)
  from clinical.person_visits as v
  where v.visit_type = 'inpatient'
    and not exists (
      select
      from caseload.readmission_definitions as d
      where d.definition = 'hospital_wide_30d'
        and 'inpatient' = any (d.visit_types)
    )
) as l
left join clinical.person_deaths as d
  on d.person_id = l.person_id;
