-- Grain: one row per treatment with a dose of zero or less. It warns: no patient gets such a dose; it is a correction
-- booked as a treatment, or a sign that belongs to another column.
-- severity: warn
select
  patient_id,
  treatment_id,
  dose_value,
  dose_unit
from treatments
where dose_value <= 0
  and record_status = 'active'
