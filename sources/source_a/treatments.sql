-- One row per patient, visit, diagnosis and position of the treatment; the position is its identifier, because the
-- feed has none. A dose is split only if it reads as one number and one unit.
with visits as (
  select
    file_no,
    record_no,
    patient_id,
    unnest(visits) as visit
  from visit_events
),
diagnoses as (
  select
    file_no,
    record_no,
    patient_id,
    visit.visit_id as visit_id,
    unnest(visit.diagnoses) as diagnosis,
    generate_subscripts(visit.diagnoses, 1) as diagnosis_no
  from visits
),
treatments as (
  select
    file_no,
    record_no,
    patient_id,
    visit_id,
    diagnosis_no,
    unnest(diagnosis.treatments) as treatment,
    generate_subscripts(diagnosis.treatments, 1) as treatment_no
  from diagnoses
),
doses as (
  select
    file_no,
    record_no,
    patient_id,
    visit_id,
    diagnosis_no,
    treatment_no,
    treatment.drug as drug,
    treatment.dose as dose,
    regexp_extract(treatment.dose, '^([0-9]{1,9}(?:[.][0-9]{1,6})?) ?([A-Za-z%/]+)$', ['value', 'unit']) as part
  from treatments
)
select
  file_no,
  record_no,
  patient_id,
  visit_id || '/' || diagnosis_no || '/' || treatment_no as treatment_id,
  visit_id,
  diagnosis_no::varchar as diagnosis_no,
  drug,
  dose,
  nullif(part.value, '') as dose_value,
  nullif(part.unit, '') as dose_unit
from doses
