-- One row per line of the file: one patient record and the person it belongs to.
select
  file_no,
  record_no,
  patient_id,
  person_id,
  valid_from,
  reason
from patient_links
