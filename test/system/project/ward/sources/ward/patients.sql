-- One row per line: the patient of an incident.
select
  file_no,
  record_no,
  patient as patient_id,
  language as preferred_language
from incidents
