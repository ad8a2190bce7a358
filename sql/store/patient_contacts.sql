-- Grain: one row per source, patient, contact and batch. contact_no is the position in the source's own list.
create table if not exists store.patient_contacts (
  patient_id text not null,
  contact_no integer not null,
  relationship text,
  name text,
  phone text,
  source text not null,
  batch_date date not null,
  primary key (patient_id, contact_no, source, batch_date)
)
partition by list (source);
