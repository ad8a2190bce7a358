-- One row per patient and visit of the delivery.
with visits as (
  select
    file_no,
    record_no,
    patient_id,
    unnest(visits) as visit
  from visit_events
)
select
  file_no,
  record_no,
  patient_id,
  visit.visit_id as visit_id,
  visit.date as visit_date,
  'other' as visit_type,
  visit.provider_notes.text as provider_notes_text,
  visit.provider_notes.author_test as provider_notes_author
from visits
