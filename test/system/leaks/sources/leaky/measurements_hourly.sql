-- One row per line of the file: one hour of readings of one patient, type and unit in one batch: partial aggregates.
select
  file_no,
  record_no,
  patient_id,
  hour,
  type,
  unit,
  count,
  sum,
  min,
  max
from measurements_hourly
