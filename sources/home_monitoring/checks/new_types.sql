-- Grain: one row per reading of a type that docs/measurements.md does not know. It warns: a device has learned something
-- new, or spells it in its own way, and no view looks at such a type until it is given a name and a unit.
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
