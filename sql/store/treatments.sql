-- Grain: one row per source, patient, treatment and batch. treatment_id is the source's own id or the path of the row
-- (visit/diagnosis/treatment), so the same drug twice for one diagnosis is two rows. dose is the text as delivered;
-- dose_value and dose_unit are filled only if that text is unambiguous.
create table if not exists store.treatments (
  patient_id text not null,
  treatment_id text not null,
  visit_id text,
  diagnosis_no integer,
  drug text,
  dose text,
  dose_value numeric(18, 6),
  dose_unit text,
  started_on date,
  ended_on date,
  record_status text not null default 'active',
  source text not null,
  batch_date date not null,
  primary key (patient_id, treatment_id, source, batch_date)
)
partition by list (source);
