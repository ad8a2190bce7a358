-- One row per line of the file: one allergy of one patient.
select
  file_no,
  record_no,
  patient_id,
  allergy_no,
  substance,
  reaction
from allergies
