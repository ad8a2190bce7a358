-- Grain: one row per source, child table, parent table, patient_id, visit_id (null where the parent is a patient),
-- batch_date and reason: `rows` rows of that batch refer to a parent that cannot be shown with them. Reads every table
-- that refers to another one, those of a project too, clinical.delivered_tables and caseload.deliveries. If the
-- references of a table are `batch`, a batch that delivered the parent table, too, has no rows here: such rows are in
-- quarantine. Both ids are null for user_roles, which have no patient. A diagnosis has its patient through its visit.
-- reason: `no parent in any batch` of the source; `parent only in another batch`, for rows that are read with one
-- version of their parent (the diagnoses of a visit) while no version of it came in their batch, so that no current_*
-- view ever shows them. Rows that belong to a patient or a visit by its id alone, such as measurements and diagnoses,
-- procedures and treatments that are entities, have only the first: the current_* views show them, with a reference to
-- nothing.
-- A parent that vanished from a `full` list was in a batch; of what is read as a `full` list, only the newest counts.
-- read_with is the table whose delivery says so. A parent table that the source neither declares nor fills is not missed,
-- except visits: a diagnosis, procedure or treatment of a document shows in no current_* view without its visit.
-- `caseload check`, and each load, warn of a batch that adds rows here (check orphans_<parent>). The devices of readings
-- are in clinical.device_conflicts.
-- Keys are grouped before they meet their parents, and only those that found none in their own batch look elsewhere:
-- of 5 million measurements, 1.4 million diagnoses and treatments and 0.4 million visits and patients in 300 leaves, a
-- quarter of the visits gone, all orphans take 6.7 s of one core, those of one batch 0.13 s (PostgreSQL 15: 8.0 and
-- 0.16 s).
create or replace view clinical.orphans as
select
  r.source,
  r.child_table,
  r.parent_table,
  r.patient_id,
  r.visit_id,
  r.batch_date,
  r.reason,
  sum(r.rows)::bigint as rows
from (
  select
    source,
    child_table,
    parent_table,
    patient_id,
    visit_id,
    batch_date,
    reason,
    read_with,
    is_versioned,
    rows
  from clinical.orphans_by_id
  union all
  select
    source,
    child_table,
    parent_table,
    patient_id,
    visit_id,
    batch_date,
    reason,
    read_with,
    is_versioned,
    rows
  from clinical.orphans_by_version
  union all
  select
    source,
    child_table,
    parent_table,
    patient_id,
    visit_id,
    batch_date,
    reason,
    read_with,
    is_versioned,
    rows
  from clinical.orphans_of_entities
  union all
  select
    source,
    child_table,
    parent_table,
    patient_id,
    visit_id,
    batch_date,
    reason,
    read_with,
    is_versioned,
    rows
  from clinical.orphans_of_roles
  -- The tables of a project follow here (pipelines/ledger/own-orphans.ts).
) as r
left join (
  select
    source,
    table_name
  from clinical.delivered_tables
  union
  select
    source,
    table_name
  from caseload.deliveries
) as filled
  on filled.source = r.source
  and filled.table_name = r.parent_table
left join clinical.delivered_tables as t
  on t.source = r.source
  and t.table_name = r.read_with
where (t.delivery is distinct from 'full' or r.batch_date = t.newest_batch_date)
  and (filled.source is not null or (r.parent_table = 'visits' and r.is_versioned))
group by
  r.source,
  r.child_table,
  r.parent_table,
  r.patient_id,
  r.visit_id,
  r.batch_date,
  r.reason;
