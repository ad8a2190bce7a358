-- Grain: one row per source, device, start of use and batch: the patient who uses a device from that moment on.
-- patient_id is null while it is not in use.
create table if not exists store.devices (
  device_id text not null,
  in_use_since timestamptz not null,
  name text,
  mac_address text,
  patient_id text,
  assigned_by text,
  firmware_version text,
  software_version text,
  source text not null,
  batch_date date not null,
  primary key (device_id, in_use_since, source, batch_date)
)
partition by list (source);
