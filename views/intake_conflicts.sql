-- Grain: one row per source, visit or patient (visit_id is null then), batch and column in which that batch contradicts
-- what is shown: `shown_value` of shown_batch_date, `delivered_value` of batch_date. Reads store.visits, store.patients,
-- clinical.latest_visits, clinical.current_patients and clinical.delivered_tables.
-- Of the sources whose visits are `insert_only`, such as intake: the first delivery of a visit is shown, and what a
-- later one says otherwise is only here. Of their patients it is the birth date that may not change: the newest is
-- shown, and an earlier one that differs may be another person's.
create or replace view clinical.intake_conflicts as
select
  c.source,
  c.patient_id,
  c.visit_id,
  c.batch_date,
  d.column_name,
  c.shown_batch_date,
  d.shown_value,
  d.delivered_value
from (
  select
    k.source,
    k.patient_id,
    k.visit_id,
    -- Not in VALUES: Citus takes no function there that a setting can change.
    k.visit_date::text as visit_date,
    k.reason,
    k.batch_date as shown_batch_date,
    o.batch_date,
    o.patient_id as other_patient_id,
    o.visit_date::text as other_visit_date,
    o.reason as other_reason
  from clinical.latest_visits as k
  join clinical.delivered_tables as t
    on t.source = k.source
    and t.table_name = 'visits'
    and t.delivery = 'insert_only'
  join (
    select
      source,
      patient_id,
      visit_id,
      visit_date,
      reason,
      batch_date
    from store.visits
  ) as o
    on o.source = k.source
    and o.visit_id = k.visit_id
    and o.batch_date > k.batch_date
) as c
cross join lateral (
  values
    ('patient_id', c.patient_id, c.other_patient_id),
    ('visit_date', c.visit_date, c.other_visit_date),
    ('reason', c.reason, c.other_reason)
) as d (column_name, shown_value, delivered_value)
where d.shown_value is distinct from d.delivered_value
union all
select
  k.source,
  k.patient_id,
  null,
  o.batch_date,
  'birth_date',
  k.batch_date,
  k.birth_date::text,
  o.birth_date::text
from clinical.current_patients as k
join clinical.delivered_tables as t
  on t.source = k.source
  and t.table_name = 'visits'
  and t.delivery = 'insert_only'
join store.patients as o
  on o.source = k.source
  and o.patient_id = k.patient_id
  and o.batch_date <> k.batch_date
where o.birth_date is distinct from k.birth_date;
