-- Grain: one row per source, patient, insurance coverage and batch. coverage_no is the position in the source's
-- own list.
create table if not exists store.coverages (
  patient_id text not null,
  coverage_no integer not null,
  payer text,
  member_id text,
  plan text,
  source text not null,
  batch_date date not null,
  primary key (patient_id, coverage_no, source, batch_date)
)
partition by list (source);
