-- Grain: one row per visit that lasts more than a year. It warns: most often the discharge was not entered and filled
-- in later, or the year is mistyped; it distorts every length of stay.
-- severity: warn
-- by: visit_type
select
  patient_id,
  visit_id,
  visit_type,
  admitted_at,
  discharged_at,
  admitted_on,
  discharged_on
from visits
where record_status = 'active'
  and (discharged_at > admitted_at + interval '366 days' or discharged_on > admitted_on + 366)
