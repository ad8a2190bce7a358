-- Grain: one row per model and stay that the model speaks of. Reads clinical.risk_models, which Caseload makes of every
-- file in views/models/: to add a model, add a file there that makes a view of its own name with these columns.
-- model, version; outcome: what is predicted; as_of: the local day of which it speaks; discharged_on: null while open.
-- A stay in which the patient died, or which ended on the day of the death, has points, band and probability null and
-- `discharged_alive` in missing: nothing can follow it. The legs of one inpatient stay are one row (clinical.stay_legs).
-- parts: the points of each part, null where missing; missing: the names of those. A part is missing, never 0 points,
-- where its value, its code system or its history is not there. points is null unless complete; least_points is the sum
-- of the known parts, so the score is at least that. band and probability are those of the model as published, not
-- recalibrated to the source's patients.
-- Stays are found for all persons, since a leg may be in another source: one patient's rows take nearly as long as all
-- (the headers of the models have the seconds). Its mart answers at once.
-- A diagnosis or procedure that its current_* view does not show (the headers say which) does not count in a model, and can
-- make a part missing.
-- materialized: by person
-- index: patient_id, source
-- index: model, as_of
create or replace view clinical.readmission_risk as
select
  model,
  version,
  outcome,
  source,
  patient_id,
  person_id,
  visit_id,
  as_of,
  discharged_on,
  points,
  least_points,
  parts,
  missing,
  complete,
  band,
  probability
from clinical.risk_models;
