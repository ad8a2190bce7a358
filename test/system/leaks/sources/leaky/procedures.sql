-- One row per line of the file: one procedure.
select
  file_no,
  record_no,
  patient_id,
  procedure_id,
  visit_id,
  code_system,
  procedure_code,
  procedure_description,
  performed_at,
  record_status
from procedures
