-- One row per line.
select
  file_no,
  record_no,
  patient as patient_id,
  incident as incident_id,
  day as happened_on,
  kind
from incidents
