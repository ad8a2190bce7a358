-- Grain: one row per source, patient and batch: the patient as one delivery described them.
create table if not exists store.patients (
  patient_id text not null,
  mrn text,
  medical_card_no text,
  name text,
  first_name text,
  last_name text,
  birth_date date,
  age_years integer,
  age_as_of date,
  gender text,
  email text,
  phone text,
  address text,
  primary_care_provider text,
  deceased_at timestamptz,
  source text not null,
  batch_date date not null,
  primary key (patient_id, source, batch_date)
)
partition by list (source);
