-- One row per line of admission.csv: a stay, open while it has no discharge. The local dates are those of the delivered
-- times, before any conversion to UTC; they are null if the text does not begin with a date, which breaks the contract.
select
  file_no,
  record_no,
  patient_id,
  admission_id as visit_id,
  try_cast(left(admitted_at, 10) as date)::varchar as visit_date,
  'icu' as visit_type,
  lower(trim(admission_type)) as admission_type,
  admitted_at,
  discharged_at,
  try_cast(left(admitted_at, 10) as date)::varchar as admitted_on,
  try_cast(left(discharged_at, 10) as date)::varchar as discharged_on,
  unit as service
from admission
