-- Grain: one row per source, patient and batch: the person of a patient id (merges and matches), from any
-- source that knows it.
create table if not exists store.patient_links (
  patient_id text not null,
  person_id text not null,
  valid_from date,
  reason text,
  source text not null,
  batch_date date not null,
  primary key (patient_id, source, batch_date)
)
partition by list (source);
