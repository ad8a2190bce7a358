-- One row per patient as delivered.
select
  file_no,
  record_no,
  patient_id,
  name
from people
