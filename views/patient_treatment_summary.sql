-- Grain: one row per prescription that is true now, with the patient's current name. Reads clinical.dated_treatments,
-- store.diagnoses, clinical.current_patients and caseload.code_systems.
-- A prescription that is true now stays when its patient or diagnosis is not known: those columns are null then. One with
-- a visit_id is missing here where current_treatments does not show it: its visit is in no batch, the prescription came in
-- another batch than the newest version of its visit, or that version came without it. See current_treatments.
-- A prescription of a visit is from the batch of the visit's newest version, so the diagnosis that is true now is the one
-- of its own batch: one join finds it, where current_diagnoses would find all current visits again.
-- materialized: by visit
-- index: treatments_drug, prescribed_date
-- index: source, prescribed_date
create or replace view clinical.patient_treatment_summary as
select
  t.source,
  t.patient_id,
  p.name,
  t.visit_id,
  t.visit_date,
  t.diagnosis_no,
  coalesce(k.code_system, d.code_system) as code_system,
  d.diagnosis_code,
  d.diagnosis_description,
  t.treatment_id,
  t.drug as treatments_drug,
  t.dose as treatments_dose,
  t.dose_value,
  t.dose_unit,
  coalesce(t.started_on, t.visit_date) as prescribed_date,
  t.batch_date
from clinical.dated_treatments as t
left join store.diagnoses as d
  on d.source = t.source
  and d.patient_id = t.patient_id
  and d.visit_id = t.visit_id
  and d.diagnosis_no = t.diagnosis_no
  and d.batch_date = t.batch_date
  and d.record_status not in ('cancelled', 'entered_in_error')
left join caseload.code_systems as k
  on k.match = lower(translate(d.code_system, ' -_', ''))
left join clinical.current_patients as p
  on p.source = t.source
  and p.patient_id = t.patient_id;
