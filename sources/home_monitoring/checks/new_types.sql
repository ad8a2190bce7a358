-- Grain: one row per reading of a type that is not in docs/measurements.md. It warns: a device measures something new, or
-- spells a type in another way, and no view uses such a type until it has a name and a unit there.
-- table: measurements
-- severity: warn
-- by: type
select
  patient_id,
  measured_at,
  type,
  device_id,
  reading_no
from measurements
where type not in (
    'heart_rate',
    'respiratory_rate',
    'systolic',
    'diastolic',
    'mean_arterial',
    'spo2',
    'temperature',
    'consciousness',
    'oxygen',
    'glucose',
    'hemoglobin',
    'sodium',
    'weight',
    'height'
  )
