-- Grain: one row per source, patient, visit (if any) and treatment that is true now. Reads clinical.dated_treatments.
-- The treatments of a visit come from the batch that holds its newest version, under the patient of that version. A
-- treatment without a visit follows the delivery mode of its own table by its own key; it is gone when another version
-- of it, with or without a visit, has taken its place.
-- Not shown, though in store: a treatment whose visit is in no batch, or comes in another batch than the newest version of
-- its visit, a day late for example (the view orphans lists both); and those of an earlier batch once the visit is
-- delivered again without them, as where its optional file did not come (orphans does not list those: compare
-- store.treatments; docs/definitions.md has the query).
-- Where a source makes treatment_id of content or position, two different rows without a visit can have one id: the newer one
-- hides the other.
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
