-- What a run was made from and how it was called. Null hashes: a run from before they were kept, of which it is not known
-- whether anything changed since. A run that only compares publishes nothing: one that dies is not a batch that failed.
alter table caseload.runs
  add column external_id text,
  add column code_hash text,
  add column contract_hash text,
  add column engine_semantics integer,
  add column attempts integer not null default 1,
  add column compares boolean not null default false;

-- `planned` was staged, compared and dropped; `rolled_back` was published until the version before it was put back.
alter table caseload.runs drop constraint runs_status_check;

alter table caseload.runs add constraint runs_status_check check (
  status in ('running', 'published', 'replaced', 'rolled_back', 'planned', 'failed', 'refused', 'missing', 'aborted')
);

create index runs_external on caseload.runs (external_id);

-- One row per attempt of a run that a passing trouble of the database ended, and after which it tried again.
create table caseload.attempts (
  run_id uuid not null references caseload.runs on delete cascade,
  attempt integer not null,
  failed_at timestamptz not null default now(),
  error_class text not null,
  error_message text not null,
  wait_ms integer not null,
  primary key (run_id, attempt)
);

-- One row per batch that was rolled back: a backfill leaves it alone until a plain run replaces it.
create table caseload.holds (
  source text not null,
  batch_date date not null,
  held_at timestamptz not null default now(),
  reason text not null,
  primary key (source, batch_date)
);

-- One row per wording of a table's contract that a batch was ever published under, for telling what changed since.
create table caseload.contracts (
  contract_hash text not null,
  table_name text not null,
  definition json not null,
  primary key (contract_hash, table_name)
);

-- It has one argument more now.
drop function if exists caseload.abort_dead_runs(text, date);
