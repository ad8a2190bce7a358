-- One row per patient, or rather none: the name is no number.
select
  file_no,
  record_no,
  patient_id,
  name::integer::varchar as name
from patients
