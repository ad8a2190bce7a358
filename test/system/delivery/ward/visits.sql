-- One row per line: a visit, active unless the file says otherwise.
select
  file_no,
  record_no,
  patient_id,
  visit_id,
  visit_date,
  coalesce(status, 'active') as record_status
from stays
