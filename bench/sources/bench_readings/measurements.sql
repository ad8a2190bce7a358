-- One row per reading.
select
  file_no,
  record_no,
  patient_id,
  measured_at,
  type,
  device_id,
  reading_no,
  value,
  unit
from readings
