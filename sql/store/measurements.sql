-- Grain: one row per source, patient, moment, type, device, reading and batch. device_id is '' if it is unknown;
-- reading_no counts different values of one patient, moment, type and device from 0.
create table if not exists store.measurements (
  patient_id text not null,
  measured_at timestamptz not null,
  type text not null,
  device_id text not null,
  reading_no integer not null,
  value numeric(18, 6),
  value_text text,
  unit text,
  visit_id text,
  record_status text not null default 'active',
  source text not null,
  batch_date date not null,
  primary key (patient_id, measured_at, type, device_id, reading_no, source, batch_date)
)
partition by list (source);
