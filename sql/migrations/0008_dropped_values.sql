-- A row of quarantine_rows is a row that was not loaded, or, where it is dropped, one value (column_name) of a row that was
-- loaded without it; `row` is the whole row as delivered in both.
alter table caseload.quarantine_rows add column dropped boolean not null default false;

-- One row per row in quarantine and per dropped value: `open` if its batch is published without the row, `dropped` if it is
-- published with the row and without the value, `refused` if its run was refused.
create or replace view caseload.quarantine as
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
  case
    when r.status = 'refused' then 'refused'
    when q.dropped then 'dropped'
    else 'open'
  end as state,
  r.started_at as run_started_at,
  q.dropped
from caseload.quarantine_rows as q
join caseload.runs as r on r.run_id = q.run_id
where r.status in ('published', 'refused');

-- How many values of loaded rows were dropped, by column and rule, and how many broke a rule that only warns. They stand
-- beside the balance: candidates are loaded, quarantined and removed.
alter table caseload.tables
  add column dropped json not null default '{}',
  add column warned json not null default '{}';
