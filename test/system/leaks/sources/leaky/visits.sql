-- One row per line of the file: one version of one visit.
select
  file_no,
  record_no,
  patient_id,
  visit_id,
  visit_date,
  visit_type,
  admission_type,
  admitted_at,
  discharged_at,
  admitted_on,
  discharged_on,
  discharge_disposition,
  facility,
  service,
  reason,
  provider_notes_text,
  provider_notes_author,
  record_status
from visits
