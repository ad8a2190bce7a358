-- One row per record. Of one account number the first record of a patient who is loaded stays, so its version is the
-- greatest; a later record that gives the number to another patient is left out, as a later batch would be.
with records as (
  select
    file_no,
    record_no,
    trim(mrn) as patient_id,
    trim(visit_account_number) as visit_id,
    coalesce(trim(visit_date), '') as visit_date,
    nullif(trim(reason), '') as reason
  from intake
),
known as (
  select
    records.*,
    accepted.patient_id is not null and records.visit_id <> '' as is_known
  from records
  left join accepted_patients as accepted on accepted.patient_id = records.patient_id
)
select
  file_no,
  record_no,
  patient_id,
  visit_id,
  visit_date,
  'other' as visit_type,
  reason,
  case
    when is_known and patient_id <> first_value(patient_id) over of_number then 'visit_of_another_patient'
  end as removed_by,
  printf('%010d%012d', 9999999999 - file_no, 999999999999 - record_no) as version
from known
window of_number as (
  partition by visit_id
  order by is_known desc, file_no, record_no
)
