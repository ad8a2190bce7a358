-- Grain: one row per source and visit that is true now, under its person. Reads clinical.current_visits,
-- clinical.current_patients and caseload.sources.
-- started_on and ended_on are local dates of the site (visit_date where no admission is known, the discharge where
-- neither is; ended_on is null while the visit is open). starts_at and ends_at are bounds for comparing two visits:
-- where only the date is known, the last moment at which the visit can have begun and the first at which it can have
-- ended, so that visits never overlap by a guess. A visit without any date has no place in time and is left out.
-- materialized: by visit
-- index: person_id
-- index: source, ended_on
-- index: source, started_on
create or replace view clinical.person_visits as
select
  d.source,
  d.patient_id,
  d.person_id,
  d.visit_id,
  d.visit_type,
  d.admission_type,
  d.discharge_disposition,
  d.facility,
  d.service,
  d.zone,
  d.started_on,
  d.ended_on,
  coalesce(
    d.admitted_at,
    ((d.started_on + 1)::timestamp at time zone d.zone) - interval '1 microsecond'
  ) as starts_at,
  coalesce(d.discharged_at, d.ended_on::timestamp at time zone d.zone) as ends_at,
  d.admitted_at,
  d.discharged_at
from (
  select
    v.source,
    v.patient_id,
    coalesce(p.person_id, v.source || ':' || v.patient_id) as person_id,
    v.visit_id,
    v.visit_type,
    v.admission_type,
    v.discharge_disposition,
    v.facility,
    v.service,
    coalesce(s.zone, 'UTC') as zone,
    coalesce(
      v.admitted_on,
      (v.admitted_at at time zone coalesce(s.zone, 'UTC'))::date,
      v.visit_date,
      v.discharged_on,
      (v.discharged_at at time zone coalesce(s.zone, 'UTC'))::date
    ) as started_on,
    coalesce(v.discharged_on, (v.discharged_at at time zone coalesce(s.zone, 'UTC'))::date) as ended_on,
    v.admitted_at,
    v.discharged_at
  from clinical.current_visits as v
  left join clinical.current_patients as p
    on p.source = v.source
    and p.patient_id = v.patient_id
  left join caseload.sources as s
    on s.source = v.source
) as d
where d.started_on is not null;
