-- One row per line: the person that a patient is.
select
  file_no,
  record_no,
  patient_id,
  person_id
from links
