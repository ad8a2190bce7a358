-- Grain: one row per discharged inpatient stay, all its legs together (clinical.stay_legs): the HOSPITAL score (Donzé et al., JAMA Intern Med 2013;173:632, with
-- the bands and rates of its validation in nine hospitals, 2016;176:496). Reads clinical.stay_history,
-- clinical.stay_legs, clinical.lab_units, clinical.lab_readings and clinical.current_procedures. Its columns are explained
-- in clinical.readmission_risk.
-- hemoglobin: the last of the stay below 12 g/dL 1; sodium: the last below 135 mmol/L 1; missing without such a value, and
-- where the last is no number or in a unit that cannot be converted: an older value never stands for it.
-- oncology: discharged from an oncology service 2; missing without a service.
-- procedure: any ICD-coded procedure of the stay 1; missing where the source delivers no such procedures at all.
-- index_type: urgent or emergency 1.
-- admissions: in the 12 months before, 0-1: 0, 2-5: 2, more: 5; missing where they are not known so far back.
-- length_of_stay: 5 days or more 2.
-- Of 40,000 stays with 240,000 laboratory values in 30 leaves all take 26 s of a machine with eight times its load. legs
-- and coded_procedures are materialized for the reason that model_lace.sql gives.
create or replace view clinical.model_hospital as
with legs as materialized (
  select
    source,
    patient_id,
    visit_id,
    zone,
    started_on,
    ended_on,
    admitted_at,
    discharged_at,
    stay_source,
    stay_patient_id,
    stay_visit_id
  from clinical.stay_legs
),
coded_procedures as materialized (
  select distinct
    source,
    patient_id,
    visit_id
  from clinical.current_procedures
  where code_system like 'ICD-%'
    and visit_id is not null
)
select
  'hospital'::text as model,
  '2016'::text as version,
  'potentially avoidable readmission within 30 days of discharge'::text as outcome,
  p.source,
  p.patient_id,
  p.person_id,
  p.visit_id,
  p.as_of,
  p.discharged_on,
  p.points,
  p.least_points,
  p.parts,
  p.missing,
  p.points is not null as complete,
  case
    when p.points < 5 then 'low'
    when p.points < 7 then 'intermediate'
    when p.points >= 7 then 'high'
  end as band,
  case
    when p.points < 5 then 0.058
    when p.points < 7 then 0.119
    when p.points >= 7 then 0.228
  end as probability
from (
  select
    s.source,
    s.patient_id,
    s.person_id,
    s.visit_id,
    s.ended_on as as_of,
    s.ended_on as discharged_on,
    case
      when not s.died
        then s.hemoglobin + s.oncology + s.sodium + s.procedure + s.index_type + s.admissions + s.length_of_stay
    end as points,
    coalesce(s.hemoglobin, 0) + coalesce(s.oncology, 0) + coalesce(s.sodium, 0) + coalesce(s.procedure, 0)
      + coalesce(s.index_type, 0) + coalesce(s.admissions, 0) + coalesce(s.length_of_stay, 0) as least_points,
    jsonb_build_object(
      'hemoglobin', s.hemoglobin,
      'oncology', s.oncology,
      'sodium', s.sodium,
      'procedure', s.procedure,
      'index_type', s.index_type,
      'admissions', s.admissions,
      'length_of_stay', s.length_of_stay
    ) as parts,
    array_remove(
      array[
        case when s.hemoglobin is null then 'hemoglobin' end,
        case when s.oncology is null then 'oncology' end,
        case when s.sodium is null then 'sodium' end,
        case when s.procedure is null then 'procedure' end,
        case when s.index_type is null then 'index_type' end,
        case when s.admissions is null then 'admissions' end,
        case when s.length_of_stay is null then 'length_of_stay' end,
        case when s.died then 'discharged_alive' end
      ],
      null
    ) as missing
  from (
    select
      h.source,
      h.patient_id,
      h.person_id,
      h.visit_id,
      h.ended_on,
      h.died,
      case when l.hemoglobin < 12 then 1 when l.hemoglobin >= 12 then 0 end as hemoglobin,
      case when h.service ~* 'on[ck]olog' then 2 when h.service is not null then 0 end as oncology,
      case when l.sodium < 135 then 1 when l.sodium >= 135 then 0 end as sodium,
      case when o.visit_id is not null then 1 when h.codes_procedures then 0 end as procedure,
      case
        when h.admission_type in ('emergency', 'urgent') then 1
        when h.admission_type = 'elective' then 0
      end as index_type,
      case
        when h.inpatient_stays < 2 then 0
        when h.inpatient_stays <= 5 then 2
        when h.inpatient_stays > 5 then 5
      end as admissions,
      case when h.days >= 5 then 2 when h.days >= 0 then 0 end as length_of_stay
    from clinical.stay_history as h
    left join (
      select distinct
        g.stay_source as source,
        g.stay_patient_id as patient_id,
        g.stay_visit_id as visit_id
      from legs as g
      join coded_procedures as c
        on c.source = g.source
        and c.patient_id = g.patient_id
        and c.visit_id = g.visit_id
    ) as o
      on o.source = h.source
      and o.patient_id = h.patient_id
      and o.visit_id = h.visit_id
    left join (
      select
        r.source,
        r.patient_id,
        r.visit_id,
        (max(r.reading) filter (where r.type = 'hemoglobin'))[3] as hemoglobin,
        (max(r.reading) filter (where r.type = 'sodium'))[3] as sodium
      from (
        select
          v.stay_source as source,
          v.stay_patient_id as patient_id,
          v.stay_visit_id as visit_id,
          m.type,
          array[extract(epoch from m.measured_at), (u.unit is not null)::integer, m.value * u.factor] as reading
        from legs as v
        join clinical.lab_readings as m
          on m.source = v.source
          and m.patient_id = v.patient_id
          and m.measured_at >= coalesce(v.admitted_at, v.started_on::timestamp at time zone v.zone)
          and m.measured_at <= coalesce(
            v.discharged_at,
            ((v.ended_on + 1)::timestamp at time zone v.zone) - interval '1 microsecond'
          )
        left join clinical.lab_units as u
          on u.type = m.type
          and u.unit = lower(m.unit)
          and m.value is not null
        where v.ended_on is not null
        -- Without it Citus looks for a max of arrays that adds up what the machines found.
        offset 0
      ) as r
      group by
        r.source,
        r.patient_id,
        r.visit_id
    ) as l
      on l.source = h.source
      and l.patient_id = h.patient_id
      and l.visit_id = h.visit_id
    where h.visit_type = 'inpatient'
      and h.ended_on is not null
  ) as s
) as p;
