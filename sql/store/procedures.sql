-- Grain: one row per source, patient, procedure and batch. visit_id is null for a procedure outside any visit.
create table if not exists store.procedures (
  patient_id text not null,
  procedure_id text not null,
  visit_id text,
  code_system text,
  procedure_code text,
  procedure_description text,
  performed_at timestamptz,
  record_status text not null default 'active',
  source text not null,
  batch_date date not null,
  primary key (patient_id, procedure_id, source, batch_date)
)
partition by list (source);
