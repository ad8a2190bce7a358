-- Grain: one row per source, patient, visit and batch: the visit as one delivery described it. The *_on columns are
-- local dates of the site, the *_at columns moments. silent_on is equal in all rows of a batch: the child tables of which it
-- said nothing, because their optional files did not come; null if it spoke of all.
create table if not exists store.visits (
  patient_id text not null,
  visit_id text not null,
  visit_date date,
  visit_type text,
  admission_type text,
  admitted_at timestamptz,
  discharged_at timestamptz,
  admitted_on date,
  discharged_on date,
  discharge_disposition text,
  facility text,
  service text,
  reason text,
  provider_notes_text text,
  provider_notes_author text,
  record_status text not null default 'active',
  silent_on text[],
  source text not null,
  batch_date date not null,
  primary key (patient_id, visit_id, source, batch_date)
)
partition by list (source);
