-- One row per line of the file: one diagnosis of one version of one visit.
select
  file_no,
  record_no,
  patient_id,
  visit_id,
  diagnosis_no,
  diagnosis_id,
  code_system,
  diagnosis_code,
  diagnosis_description,
  record_status
from diagnoses
