-- The past of both sources, from long ago: an emergency visit, an inpatient stay with an ICD-coded procedure, and an
-- intensive care stay, of a patient of their own.
insert into store.visits (
  source, batch_date, patient_id, visit_id, visit_type, admitted_on, discharged_on
)
values
  ('a', '2023-06-30', 'PAST', 'PE', 'emergency', '2020-01-01', '2020-01-01'),
  ('a', '2023-06-30', 'PAST', 'PI', 'inpatient', '2020-01-01', '2020-01-02'),
  ('a', '2023-06-30', 'PAST', 'PC', 'icu', '2020-01-01', '2020-01-02');

insert into store.procedures (source, batch_date, patient_id, procedure_id, visit_id, code_system, procedure_code)
values
  ('a', '2023-06-30', 'PAST', 'R', 'PI', 'ICD-10-PCS', '0DTJ4ZZ');
