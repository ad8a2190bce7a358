-- One row per device of a patient, by its unique device identifier.
select
  file_no,
  record_no,
  UDI as device_id,
  "START" as in_use_since,
  DESCRIPTION as name,
  PATIENT as patient_id
from devices
