-- One row per version of a batch that notes what it touches: the refresh of the marts recomputes these patients, and these
-- hours of their readings. Written before a version is published or taken away, while marts exist. A version without a row is
-- no error: the refresh recomputes its whole source. No foreign key: a note may outlive its run by one refresh.
create table caseload.batch_notes (
  run_id uuid primary key,
  -- The span of measured_at, both ends included; null where the version holds no reading.
  measured_from timestamptz,
  measured_until timestamptz
);

-- One row per version with a note and patient_id in any of its tables.
create table caseload.batch_patients (
  run_id uuid not null references caseload.batch_notes on delete cascade,
  patient_id text not null,
  primary key (run_id, patient_id)
);

-- One row while the database has marts, with the moment of the last refresh; null before the first. is_building: a rebuild has
-- begun, and the marts by person and the whole ones may be behind those by patient.
create table caseload.mart_state (
  only_row boolean primary key default true check (only_row),
  refreshed_at timestamptz,
  is_building boolean not null default false
);

-- One row per mart.
create table caseload.marts (
  mart text primary key,
  kind text not null,
  -- Each a list of columns, as the header of the view's file has it.
  indexes json not null,
  -- A hash over the definitions of all views that it is computed from, and its indexes.
  definition text not null
);

-- One row per published version of a batch whose rows the marts hold.
create table caseload.mart_runs (
  run_id uuid primary key,
  source text not null,
  batch_date date not null
);

-- One row per value that rows of many patients depend on, see sql/statements/marts/inputs.sql.
create table caseload.mart_inputs (
  input text not null,
  source text not null,
  name text not null,
  value text not null,
  primary key (input, source, name)
);

-- One row per source, id and patient that any version, past or present, has named together. Versions of one id under two
-- patients replace each other, so the rows of both depend on both. kind: `visit`, or the table of an entity.
create table caseload.mart_holders (
  source text not null,
  kind text not null,
  id text not null,
  patient_id text not null,
  primary key (source, kind, id, patient_id)
);

create index on caseload.mart_holders (source, patient_id);
