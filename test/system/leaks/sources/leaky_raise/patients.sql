-- One row per patient, or rather none: the name becomes an error.
select
  file_no,
  record_no,
  patient_id,
  error(name)::varchar as name
from patients
