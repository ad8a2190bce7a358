-- One row per record.
select
  file_no,
  record_no,
  id as patient_id,
  name,
  born as birth_date
from people
