-- Grain: one row per source, patient, hour, type, unit and batch: partial aggregates of the measurements of that batch
-- alone, so that sums over batches are correct.
create table if not exists store.measurements_hourly (
  patient_id text not null,
  hour timestamptz not null,
  type text not null,
  unit text not null,
  count bigint not null,
  sum numeric(38, 6),
  min numeric(18, 6),
  max numeric(18, 6),
  source text not null,
  batch_date date not null,
  primary key (patient_id, hour, type, unit, source, batch_date)
)
partition by list (source);
