-- One row per line: a diagnosis of a visit, by its position.
select
  file_no,
  record_no,
  patient_id,
  visit_id,
  diagnosis_no,
  code as diagnosis_code
from findings
