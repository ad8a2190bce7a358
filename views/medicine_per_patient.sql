-- Grain: one row per source, patient and drug (the name as delivered), over the prescriptions that are true now, with
-- the patient's current name. Reads clinical.patient_treatment_summary; a prescription that current_treatments does not
-- show (its header says which) is not counted. The dates are null where no prescription of the
-- drug has a date.
-- materialized: by patient
-- index: drug
create or replace view clinical.medicine_per_patient as
select
  source,
  patient_id,
  name,
  treatments_drug as drug,
  count(*) as prescriptions,
  min(prescribed_date) as first_prescribed,
  max(prescribed_date) as last_prescribed
from clinical.patient_treatment_summary
where treatments_drug is not null
group by
  source,
  patient_id,
  name,
  treatments_drug;
