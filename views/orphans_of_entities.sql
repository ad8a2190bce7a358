-- Grain: one row per source, child table, patient_id, visit_id and batch_date: `rows` diagnoses, procedures or treatments that are
-- entities, and whose visit is in no batch. A step of clinical.orphans, which says what counts. Reads store.diagnoses,
-- store.procedures, store.treatments, store.visits and caseload.deliveries.
-- read_with is the table whose delivery says which of these rows count.
create or replace view clinical.orphans_of_entities as
select
  k.source,
  k.child_table,
  'visits' as parent_table,
  k.patient_id,
  k.visit_id,
  k.batch_date,
  'no parent in any batch' as reason,
  k.child_table as read_with,
  false as is_versioned,
  k.rows
from (
  select
    'diagnoses' as child_table,
    source,
    patient_id,
    visit_id,
    batch_date,
    count(*) as rows
  from store.diagnoses
  where source = any (
      array(select source from caseload.deliveries where table_name = 'diagnoses' and children = 'entity')
    )
  group by source, patient_id, visit_id, batch_date
  union all
  select
    'procedures',
    source,
    patient_id,
    visit_id,
    batch_date,
    count(*)
  from store.procedures
  where source = any (
      array(select source from caseload.deliveries where table_name = 'procedures' and children = 'entity')
    )
    and visit_id is not null
  group by source, patient_id, visit_id, batch_date
  union all
  select
    'treatments',
    source,
    patient_id,
    visit_id,
    batch_date,
    count(*)
  from store.treatments
  where source = any (
      array(select source from caseload.deliveries where table_name = 'treatments' and children = 'entity')
    )
    and visit_id is not null
  group by source, patient_id, visit_id, batch_date
) as k
where not exists (
    select
    from (
      with delivered as (
        select
          source,
          visit_id
        from store.visits
      )
      select * from delivered
    ) as v
    where v.source = k.source
      and v.visit_id = k.visit_id
  )
  and (select count(*) from caseload.deliveries where children = 'entity') > 0;
