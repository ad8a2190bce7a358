-- Grain: one row per prescription that is true now, with the patient's current name. Reads clinical.current_treatments,
-- clinical.current_visits, clinical.current_diagnoses and clinical.current_patients.
-- A prescription that is true now stays when its patient or diagnosis is not known: those columns are null then. One with
-- a visit_id is missing here where current_treatments does not show it: its visit is in no batch, the prescription came in
-- another batch than the newest version of its visit, or that version came without it. See current_treatments.
create or replace view clinical.patient_treatment_summary as
select
  t.source,
  t.patient_id,
  p.name,
  t.visit_id,
  v.visit_date,
  t.diagnosis_no,
  d.code_system,
  d.diagnosis_code,
  d.diagnosis_description,
  t.treatment_id,
  t.drug as treatments_drug,
  t.dose as treatments_dose,
  t.dose_value,
  t.dose_unit,
  coalesce(t.started_on, v.visit_date) as prescribed_date,
  t.batch_date
from clinical.current_treatments as t
left join clinical.current_visits as v
  on v.source = t.source
  and v.patient_id = t.patient_id
  and v.visit_id = t.visit_id
left join clinical.current_diagnoses as d
  on d.source = t.source
  and d.patient_id = t.patient_id
  and d.visit_id = t.visit_id
  and d.diagnosis_no = t.diagnosis_no
left join clinical.current_patients as p
  on p.source = t.source
  and p.patient_id = t.patient_id;
