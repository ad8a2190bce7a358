-- One row per line of the file: one prescription or treatment.
select
  file_no,
  record_no,
  patient_id,
  treatment_id,
  visit_id,
  diagnosis_no,
  drug,
  dose,
  dose_value,
  dose_unit,
  started_on,
  ended_on,
  record_status
from treatments
