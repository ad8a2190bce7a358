-- Grain: one row per source, patient, visit (if any) and treatment that is true now. Reads clinical.dated_treatments.
-- How they belong to their visit is declared by the source, per table (children):
--   document: they come from the batch of the newest version of the visit that spoke of treatments (a batch whose optional file
--   did not come is silent), under the patient of the newest version.
--   entity: each is a row of its own: its newest version by treatment_id, whatever batch its visit came in, under the patient of the
--   visit's newest version, or its own patient where no batch has the visit. It is gone if that version of the visit, or its
--   own, is cancelled or entered in error.
-- Not shown, though in store, and listed in orphans: a treatment of a document whose batch has no version of its visit. What is
-- neither here nor there was replaced by something newer.
-- A treatment without a visit of a document source follows the delivery mode of its own table by its own key; it is gone when
-- another version of it, with or without a visit, has taken its place. Where its id is made of a position, two different rows
-- can have one id, and the newer one hides the other: make it of the content (docs/sources.md).
create or replace view clinical.current_treatments as
select
  source,
  patient_id,
  treatment_id,
  visit_id,
  diagnosis_no,
  drug,
  dose,
  dose_value,
  dose_unit,
  started_on,
  ended_on,
  record_status,
  batch_date
from clinical.dated_treatments;
