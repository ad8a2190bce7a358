-- One row per line of the file: one insurance coverage of one patient.
select
  file_no,
  record_no,
  patient_id,
  coverage_no,
  payer,
  member_id,
  plan
from coverages
