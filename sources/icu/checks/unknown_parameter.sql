-- Grain: one row per reading of a parameter that this source does not know, so that its unit is not known either. It
-- warns: the reading is kept under its own name, and no view scores it.
-- table: measurements
-- severity: warn
select
  patient_id,
  measured_at,
  type
from measurements
where unit is null
  and value is not null
