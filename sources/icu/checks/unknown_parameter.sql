-- Grain: one row per reading of a parameter that this source does not know, so that its unit is unknown, too. It warns:
-- the reading keeps the name of the parameter as its type, and no view scores it.
-- table: measurements
-- severity: warn
select
  patient_id,
  measured_at,
  type
from measurements
where unit is null
  and value is not null
