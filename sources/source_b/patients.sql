-- One row per record: a patient as this delivery describes them.
select
  file_no,
  record_no,
  patient_id,
  name
from visit_events
