-- One row per line of the file: one reading.
select
  file_no,
  record_no,
  patient_id,
  measured_at,
  type,
  device_id,
  reading_no,
  value,
  value_text,
  unit,
  visit_id,
  record_status
from measurements
