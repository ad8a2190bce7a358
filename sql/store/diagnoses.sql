-- Grain: one row per source, patient, visit, diagnosis and batch. diagnosis_no is the position in the visit's own list,
-- so it is comparable only within one batch. diagnosis_id is the source's own id, null where it has none.
create table if not exists store.diagnoses (
  patient_id text not null,
  visit_id text not null,
  diagnosis_no integer not null,
  diagnosis_id text,
  code_system text,
  diagnosis_code text,
  diagnosis_description text,
  record_status text not null default 'active',
  source text not null,
  batch_date date not null,
  primary key (patient_id, visit_id, diagnosis_no, source, batch_date)
)
partition by list (source);
