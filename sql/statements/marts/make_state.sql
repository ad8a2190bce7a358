-- What the marts are made from, as of their last refresh. Made with the marts and dropped with them.
create schema caseload_marts;

-- One row, with the moment of the last refresh; null before the first. is_building: a rebuild has begun, and the marts by
-- person and the whole ones may be behind those by patient.
create table caseload_marts.state (
  only_row boolean primary key default true check (only_row),
  refreshed_at timestamptz,
  is_building boolean not null default false
);

insert into caseload_marts.state default values;

-- One row per mart.
create table caseload_marts.marts (
  mart text primary key,
  kind text not null,
  -- Each a list of columns, as the header of the view's file has it.
  indexes json not null,
  -- A hash over the definitions of all views that it is computed from, and its indexes.
  definition text not null
);

-- One row per published version of a batch whose rows the marts hold.
create table caseload_marts.runs (
  run_id uuid primary key,
  source text not null,
  batch_date date not null
);

-- One row per value that rows of many patients depend on, see sql/statements/marts/inputs.sql.
create table caseload_marts.inputs (
  input text not null,
  source text not null,
  name text not null,
  value text not null,
  primary key (input, source, name)
);

-- One row per source, id and patient that any version, past or present, has named together. Versions of one id under two
-- patients replace each other, so the rows of both depend on both. kind: `visit`, or the table of an entity.
create table caseload_marts.holders (
  source text not null,
  kind text not null,
  id text not null,
  patient_id text not null,
  primary key (source, kind, id, patient_id)
);

create index on caseload_marts.holders (source, patient_id);
