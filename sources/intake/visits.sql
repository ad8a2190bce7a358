-- One row per record. The first record of an account number that can be loaded stays, so its version is the greatest; a
-- later one that gives the number to another patient is removed, as one of a later batch is never shown.
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
    *,
    visit_id <> ''
      and try_cast(visit_date as date) is not null
      and patient_id in (select patient_id from accepted_patients) as is_good
  from records
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
    when is_good and patient_id <> first_value(patient_id) over of_number then 'visit_of_another_patient'
  end as removed_by,
  printf('%010d%012d', 9999999999 - file_no, 999999999999 - record_no) as version
from known
window of_number as (
  partition by visit_id
  order by is_good desc nulls last, file_no, record_no
)
