-- Grain: one row per discharged inpatient stay, all its legs together (clinical.stay_legs): the LACE index (van Walraven et
-- al., CMAJ 2010;182:551). Reads clinical.stay_history, clinical.stay_legs, clinical.current_diagnoses and
-- clinical.lace_comorbidities. Its columns are explained in clinical.readmission_risk.
-- length_of_stay: days 0: 0, 1: 1, 2: 2, 3: 3, 4-6: 4, 7-13: 5, 14 or more: 7.
-- acute_admission: emergency or urgent 3.
-- comorbidity: the weights of the stay's own ICD-10 diagnoses (national versions, too), 0: 0, 1: 1, 2: 2, 3: 3, 4 or more:
-- 5; missing where the stay has no diagnosis in ICD-10.
-- emergency_visits: in the 6 months before the admission, at most 4; missing where the source's emergency visits are
-- not known so far back.
-- Bands: 0-4 low, 5-9 moderate, 10 or more high. Of 40,000 stays with 240,000 diagnoses in 30
-- leaves all take 18 s of a machine with eight times its load. legs and weights are materialized: joined with the diagnoses
-- themselves, of which the planner expects one, the same took over 150 s.
create or replace view clinical.model_lace as
with legs as materialized (
  select
    source,
    patient_id,
    visit_id,
    stay_source,
    stay_patient_id,
    stay_visit_id
  from clinical.stay_legs
),
weights as materialized (
  select
    d.source,
    d.patient_id,
    d.visit_id,
    k.condition,
    coalesce(max(k.weight), 0) as weight
  from clinical.current_diagnoses as d
  cross join lateral (
    values
      (left(replace(upper(d.diagnosis_code), '.', ''), 3)),
      (left(rpad(replace(upper(d.diagnosis_code), '.', ''), 4, '-'), 4))
  ) as prefix (code)
  left join clinical.lace_comorbidities as k
    on k.code = prefix.code
  where d.code_system like 'ICD-10%'
    and d.code_system <> 'ICD-10-PCS'
    and d.diagnosis_code is not null
  group by
    d.source,
    d.patient_id,
    d.visit_id,
    k.condition
)
select
  'lace'::text as model,
  '2010'::text as version,
  'death or unplanned readmission within 30 days of discharge'::text as outcome,
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
    when p.points < 10 then 'moderate'
    when p.points >= 10 then 'high'
  end as band,
  round(1 / (1 + exp(3.892 - 0.1915 * p.points)), 4) as probability
from (
  select
    s.source,
    s.patient_id,
    s.person_id,
    s.visit_id,
    s.ended_on as as_of,
    s.ended_on as discharged_on,
    case
      when not s.died then s.length_of_stay + s.acute_admission + s.comorbidity + s.emergency_visits
    end as points,
    coalesce(s.length_of_stay, 0) + coalesce(s.acute_admission, 0) + coalesce(s.comorbidity, 0)
      + coalesce(s.emergency_visits, 0) as least_points,
    jsonb_build_object(
      'length_of_stay', s.length_of_stay,
      'acute_admission', s.acute_admission,
      'comorbidity', s.comorbidity,
      'emergency_visits', s.emergency_visits
    ) as parts,
    array_remove(
      array[
        case when s.length_of_stay is null then 'length_of_stay' end,
        case when s.acute_admission is null then 'acute_admission' end,
        case when s.comorbidity is null then 'comorbidity' end,
        case when s.emergency_visits is null then 'emergency_visits' end,
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
      case
        when h.days < 0 then null
        when h.days <= 3 then h.days
        when h.days <= 6 then 4
        when h.days <= 13 then 5
        else 7
      end as length_of_stay,
      case
        when h.admission_type in ('emergency', 'urgent') then 3
        when h.admission_type = 'elective' then 0
      end as acute_admission,
      case when c.weight >= 4 then 5 else c.weight end as comorbidity,
      case when h.emergency_visits >= 4 then 4 else h.emergency_visits::integer end as emergency_visits
    from clinical.stay_history as h
    left join (
      select
        k.source,
        k.patient_id,
        k.visit_id,
        sum(k.weight)::integer as weight
      from (
        select
          g.stay_source as source,
          g.stay_patient_id as patient_id,
          g.stay_visit_id as visit_id,
          w.condition,
          max(w.weight) as weight
        from legs as g
        left join weights as w
          on w.source = g.source
          and w.patient_id = g.patient_id
          and w.visit_id = g.visit_id
        where w.visit_id is not null
        group by
          g.stay_source,
          g.stay_patient_id,
          g.stay_visit_id,
          w.condition
      ) as k
      group by
        k.source,
        k.patient_id,
        k.visit_id
    ) as c
      on c.source = h.source
      and c.patient_id = h.patient_id
      and c.visit_id = h.visit_id
    where h.visit_type = 'inpatient'
      and h.ended_on is not null
  ) as s
) as p;
