-- Grain: one row per inpatient visit that begins before an earlier one of the same patient ends. It warns: a patient is
-- in one ward at a time, so a transfer was booked as an admission or two patients share an identifier, and counts of stays
-- and readmissions are wrong. Other types of visit may be within a stay, such as one in intensive care.
-- severity: warn
select
  patient_id,
  visit_id,
  admitted_at
from (
  select
    patient_id,
    visit_id,
    admitted_at,
    max(discharged_at) over (
      partition by patient_id
      order by
        admitted_at,
        visit_id
      rows between unbounded preceding and 1 preceding
    ) as occupied_until
  from visits
  where visit_type = 'inpatient'
    and record_status = 'active'
    and admitted_at is not null
) as stays
where admitted_at < occupied_until
