-- One row per patient.
select
  file_no,
  record_no,
  patient_id,
  name
from patients
