-- One row per medication of a patient, identified by its position in the patient's list, because it has no identifier. A
-- dose is split only if it reads as one number and one unit.
with patient_roles as (
  select
    r.user_id
  from roles as r
  join role_definitions as d on d.role_id = r.role_id
  where lower(trim(d.category)) = 'patient'
),
medications as (
  select
    file_no,
    record_no,
    id,
    unnest(medications) as medication,
    generate_subscripts(medications, 1) as medication_no
  from users
),
doses as (
  select
    file_no,
    record_no,
    id,
    medication_no,
    medication,
    regexp_extract(medication.dose, '^([0-9]{1,9}(?:[.][0-9]{1,6})?) ?([A-Za-z%/]+)$', ['value', 'unit']) as part
  from medications
)
select
  file_no,
  record_no,
  id as patient_id,
  'medications/' || medication_no as treatment_id,
  medication.drug as drug,
  medication.dose as dose,
  nullif(part.value, '') as dose_value,
  nullif(part.unit, '') as dose_unit,
  medication.started_on as started_on,
  medication.ended_on as ended_on
from doses
where id in (select user_id from patient_roles)
