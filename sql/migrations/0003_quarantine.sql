-- One row per row of a run that was not loaded, or per record that is none of the declared form (table_name is then the
-- name of its input). A heap of its own, written while the batch is staged: its rows show through caseload.quarantine,
-- which asks the ledger what became of the run, so they appear and vanish with the publish and take no lock of its own.
create table caseload.quarantine_rows (
  quarantine_id bigint generated always as identity primary key,
  run_id uuid not null,
  table_name text not null,
  file text not null,
  record_no bigint not null,
  column_name text,
  rule text not null,
  reason text not null,
  row json
);

create index quarantine_rows_run on caseload.quarantine_rows (run_id);

-- One row per row in quarantine: `open` if its batch is published without it, `refused` if its run was refused.
create view caseload.quarantine as
select
  q.quarantine_id,
  q.run_id,
  r.source,
  r.batch_date,
  q.table_name,
  q.file,
  q.record_no,
  q.column_name,
  q.rule,
  q.reason,
  q.row,
  case r.status
    when 'published' then 'open'
    else 'refused'
  end as state,
  r.started_at as run_started_at
from caseload.quarantine_rows as q
join caseload.runs as r on r.run_id = q.run_id
where r.status in ('published', 'refused');

-- One row per run, table, check and time it was made: run by run before the publish, and again by `caseload check`.
create table caseload.checks (
  run_id uuid not null references caseload.runs on delete cascade,
  check_name text not null,
  table_name text not null,
  checked_at timestamptz not null default now(),
  severity text not null check (severity in ('warn', 'error')),
  outcome text not null check (outcome in ('pass', 'warn', 'fail')),
  checked_rows bigint not null,
  bad_rows bigint not null,
  detail text,
  primary key (run_id, checked_at, table_name, check_name)
);

-- How many rows of the table went to quarantine, by rule.
alter table caseload.tables add column quarantined_by json not null default '{}';

-- How many records of the file were quarantined whole.
alter table caseload.files add column quarantined bigint not null default 0;
