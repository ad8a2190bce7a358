-- Grain: one row per source, patient, allergy and batch. allergy_no is the position in the source's own list.
create table if not exists store.allergies (
  patient_id text not null,
  allergy_no integer not null,
  substance text,
  reaction text,
  source text not null,
  batch_date date not null,
  primary key (patient_id, allergy_no, source, batch_date)
)
partition by list (source);
