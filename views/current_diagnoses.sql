-- Grain: one row per source, visit and diagnosis that is true now. Reads store.diagnoses, clinical.current_visits
-- and caseload.code_systems, which says under what one name a code system is shown (store keeps the delivered one).
-- All diagnoses of a visit come from the batch that holds its newest version, under the patient of that version:
-- diagnosis_no is a position, and positions of two versions must never mix.
-- Not shown, though in store: a diagnosis whose visit is in no batch, or comes in another batch than the newest version of
-- its visit, a day late for example (the view orphans lists both); and those of an earlier batch once the visit is
-- delivered again without them, as where its optional file did not come (orphans does not list those: compare
-- store.diagnoses; docs/definitions.md has the query).
-- An outer join, and coalesce keeps it one: the planner multiplies the equalities of an inner join into an estimate of
-- one row, and the loop over that one row then read every partition for each row that there was. It never takes an outer
-- join for fewer rows than its left side has, and so it hashes the visits once, by all three columns.
create or replace view clinical.current_diagnoses as
select
  d.source,
  d.patient_id,
  d.visit_id,
  d.diagnosis_no,
  coalesce(k.code_system, d.code_system) as code_system,
  d.diagnosis_code,
  d.diagnosis_description,
  d.record_status,
  d.batch_date
from store.diagnoses as d
left join clinical.current_visits as v
  on v.source = d.source
  and v.patient_id = d.patient_id
  and v.visit_id = d.visit_id
left join caseload.code_systems as k
  on k.match = lower(translate(d.code_system, ' -_', ''))
where d.record_status not in ('cancelled', 'entered_in_error')
  and coalesce(v.batch_date = d.batch_date, false);
