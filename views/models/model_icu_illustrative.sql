-- Grain: one row per intensive care stay, open or discharged: an ILLUSTRATIVE model of a return to intensive care. Its
-- points and coefficients are made up to show what a model of one's own looks like: it was fitted to no patients and
-- validated on none. Do not act on it. Reads clinical.stay_history, clinical.current_patients,
-- clinical.source_freshness and clinical.icu_vitals. Its columns are explained in clinical.readmission_risk.
-- as_of: the day of the discharge, else that of the source's newest batch.
-- age: under 45: 0, 45-64: 1, 65-74: 2, 75 or more: 3.
-- A stay in which the patient died has neither points nor band nor probability.
-- The last value in the 24 hours before the discharge (while open: before the end of as_of): heart_rate 50-110 /min 0,
-- else 1; systolic 100-179 mmHg 0, else 1; spo2 94 % or more 0, 90-93: 1, less: 2; respiratory_rate 10-24 /min 0,
-- else 1. Missing where the last is no number or in another unit: an older value never stands for it.
-- earlier_stays: intensive care stays in the 12 months before the admission, 0: 0, 1: 1, more: 2; missing where they
-- are not known so far back.
-- Bands: 0-2 low, 3-5 moderate, 6 or more high. A stay that lacks earlier_stays only still has a probability and a
-- band, from a second formula which leaves that part out (a reduced model, not 0 points); a stay that lacks age or a
-- vital sign has none.
create or replace view clinical.model_icu_illustrative as
select
  'icu_illustrative'::text as model,
  '1'::text as version,
  'return to intensive care within 30 days of discharge (illustrative, not validated)'::text as outcome,
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
    when p.reduced_points is null then null
    when coalesce(p.points, p.reduced_points) < 3 then 'low'
    when coalesce(p.points, p.reduced_points) < 6 then 'moderate'
    else 'high'
  end as band,
  case
    when p.points is not null then round(1 / (1 + exp(3.4 - 0.30 * p.points)), 4)
    else round(1 / (1 + exp(3.2 - 0.30 * p.reduced_points)), 4)
  end as probability
from (
  select
    s.source,
    s.patient_id,
    s.person_id,
    s.visit_id,
    s.as_of,
    s.discharged_on,
    case when not s.died then s.age + s.heart_rate + s.systolic + s.spo2 + s.respiratory_rate end as reduced_points,
    case
      when not s.died then s.age + s.heart_rate + s.systolic + s.spo2 + s.respiratory_rate + s.earlier_stays
    end as points,
    coalesce(s.age, 0) + coalesce(s.heart_rate, 0) + coalesce(s.systolic, 0) + coalesce(s.spo2, 0)
      + coalesce(s.respiratory_rate, 0) + coalesce(s.earlier_stays, 0) as least_points,
    jsonb_build_object(
      'age', s.age,
      'heart_rate', s.heart_rate,
      'systolic', s.systolic,
      'spo2', s.spo2,
      'respiratory_rate', s.respiratory_rate,
      'earlier_stays', s.earlier_stays
    ) as parts,
    array_remove(
      array[
        case when s.age is null then 'age' end,
        case when s.heart_rate is null then 'heart_rate' end,
        case when s.systolic is null then 'systolic' end,
        case when s.spo2 is null then 'spo2' end,
        case when s.respiratory_rate is null then 'respiratory_rate' end,
        case when s.earlier_stays is null then 'earlier_stays' end,
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
      h.as_of,
      h.ended_on as discharged_on,
      h.died,
      case
        when h.age < 45 then 0
        when h.age < 65 then 1
        when h.age < 75 then 2
        when h.age >= 75 then 3
      end as age,
      case when v.heart_rate between 50 and 110 then 0 when v.heart_rate is not null then 1 end as heart_rate,
      case when v.systolic >= 100 and v.systolic < 180 then 0 when v.systolic is not null then 1 end as systolic,
      case when v.spo2 >= 94 then 0 when v.spo2 >= 90 then 1 when v.spo2 is not null then 2 end as spo2,
      case
        when v.respiratory_rate between 10 and 24 then 0
        when v.respiratory_rate is not null then 1
      end as respiratory_rate,
      case when h.icu_stays >= 2 then 2 else h.icu_stays::integer end as earlier_stays
    from (
      select
        i.source,
        i.patient_id,
        i.person_id,
        i.visit_id,
        i.ended_on,
        coalesce(i.ended_on, f.newest_batch_date) as as_of,
        i.icu_stays,
        i.died,
        coalesce(
          extract(year from age(coalesce(i.ended_on, f.newest_batch_date), p.birth_date)),
          p.age_years + extract(year from age(coalesce(i.ended_on, f.newest_batch_date), p.age_as_of)),
          p.age_years
        ) as age
      from clinical.stay_history as i
      left join clinical.source_freshness as f
        on f.source = i.source
      left join clinical.current_patients as p
        on p.source = i.source
        and p.patient_id = i.patient_id
      where i.visit_type = 'icu'
    ) as h
    left join clinical.icu_vitals as v
      on v.source = h.source
      and v.patient_id = h.patient_id
      and v.visit_id = h.visit_id
  ) as s
) as p;
