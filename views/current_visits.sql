-- Grain: one row per source and visit that is true now: its newest version, unless that one is cancelled or entered in
-- error (then the visit is gone; an older version never comes back). Reads clinical.latest_visits. Which
-- diagnoses, procedures and treatments belong to it: their views say it.
create or replace view clinical.current_visits as
select
  source,
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
  record_status,
  batch_date
from clinical.latest_visits
where record_status not in ('cancelled', 'entered_in_error');
