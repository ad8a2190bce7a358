-- One row: which ledger this database has, and from which files the rest was made.
create table caseload.schema_state (
  only_row boolean primary key default true check (only_row),
  version integer not null,
  fingerprint text not null,
  migrated_at timestamptz not null default now()
);

-- One row per source that ever ran.
create table caseload.sources (
  source text primary key,
  transformer text not null,
  class text not null,
  zone text not null,
  schedule text not null,
  first_run_at timestamptz not null default now()
);

-- One row per source and table: what a delivery of this table means.
create table caseload.deliveries (
  source text not null references caseload.sources,
  table_name text not null,
  delivery text not null,
  primary key (source, table_name)
);

-- One row per run of a batch, however it ended.
create table caseload.runs (
  run_id uuid primary key,
  source text not null,
  batch_date date not null,
  status text not null default 'running'
    check (status in ('running', 'published', 'replaced', 'failed', 'refused', 'missing', 'aborted')),
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  published_at timestamptz,
  code_version text not null,
  host text not null,
  process_id integer not null,
  publish_tries integer not null default 0,
  error_class text,
  error_message text
);

create index runs_batch on caseload.runs (
  source,
  batch_date,
  started_at
);

-- One row per file that a run read; path is relative to the landing root.
create table caseload.files (
  run_id uuid not null references caseload.runs on delete cascade,
  path text not null,
  input text not null,
  bytes bigint not null,
  sha256 text not null,
  records bigint not null,
  primary key (run_id, path)
);

-- One row per table of a run; leaf is null where no row was loaded.
create table caseload.tables (
  run_id uuid not null references caseload.runs on delete cascade,
  table_name text not null,
  leaf text,
  state text not null default 'staged' check (state in ('staged', 'published', 'kept', 'dropped')),
  candidates bigint not null,
  loaded bigint not null,
  quarantined bigint not null,
  removed json not null,
  primary key (run_id, table_name)
);

create index tables_leaf on caseload.tables (leaf);

-- One row per table of each published batch: the contract for downstream incremental models.
create view caseload.published as
select
  r.source,
  t.table_name,
  r.batch_date,
  r.run_id,
  t.loaded as rows,
  r.published_at
from caseload.runs as r
join caseload.tables as t on t.run_id = r.run_id
where r.status = 'published'
  and t.state = 'published';
