-- One row per line: a patient, and the version of it where the file says one.
select
  file_no,
  record_no,
  patient_id,
  name,
  birth_date,
  version
from people
