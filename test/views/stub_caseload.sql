-- What the views read of schema caseload, as plain tables, so that a test can say what is published and how it is read.
create schema caseload;
create table caseload.published (
  source text,
  table_name text,
  batch_date date,
  run_id uuid,
  rows bigint,
  published_at timestamptz
);
create table caseload.deliveries (
  source text,
  table_name text,
  delivery text,
  children text not null default 'document'
);
create table caseload.sources (
  source text primary key,
  transformer text,
  zone text,
  schedule text,
  due text not null default '24:00',
  lag_days integer not null default 1
);
create table caseload.pins (
  source text,
  batch_date date
);
create table caseload.runs (
  run_id uuid,
  source text,
  batch_date date,
  status text,
  compares boolean not null default false,
  started_at timestamptz,
  published_at timestamptz
);
create table caseload.tables (
  run_id uuid,
  table_name text,
  state text,
  candidates bigint,
  loaded bigint,
  quarantined bigint,
  dropped json,
  removed json
);
create table caseload.checks (
  run_id uuid,
  table_name text,
  outcome text,
  checked_at timestamptz
);
