-- Grain: one row per source, child table, parent table, patient_id, visit_id, diagnosis position and batch_date: `rows` rows that are
-- read with one version of their parent, while no version of it came in their batch. A step of clinical.orphans, which says what
-- counts. Reads store.patient_contacts, store.coverages, store.allergies, store.diagnoses, store.procedures, store.treatments,
-- store.patients, store.visits and caseload.deliveries.
-- Keys are grouped before they meet their parents.
create or replace view clinical.orphans_in_batch as
select
  k.child_table,
  'patients' as parent_table,
  k.source,
  k.patient_id,
  null::text as visit_id,
  null::integer as diagnosis_no,
  k.batch_date,
  k.rows
from (
  select
    'patient_contacts' as child_table,
    source,
    patient_id,
    batch_date,
    count(*) as rows
  from store.patient_contacts
  group by source, patient_id, batch_date
  union all
  select
    'coverages',
    source,
    patient_id,
    batch_date,
    count(*)
  from store.coverages
  group by source, patient_id, batch_date
  union all
  select
    'allergies',
    source,
    patient_id,
    batch_date,
    count(*)
  from store.allergies
  group by source, patient_id, batch_date
) as k
where not exists (
    select
    from (
      with delivered as (
        select
          source,
          patient_id,
          batch_date
        from store.patients
      )
      select * from delivered
    ) as p
    where p.source = k.source
      and p.patient_id = k.patient_id
      and p.batch_date = k.batch_date
  )
union all
select
  k.child_table,
  'visits',
  k.source,
  k.patient_id,
  k.visit_id,
  null,
  k.batch_date,
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
  where coalesce(
    source <> all (
      array(select source from caseload.deliveries where table_name = 'diagnoses' and children = 'entity')
    ),
    false
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
  where visit_id is not null
    and coalesce(
      source <> all (
        array(select source from caseload.deliveries where table_name = 'procedures' and children = 'entity')
      ),
      false
    )
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
  where visit_id is not null
    and coalesce(
      source <> all (
        array(select source from caseload.deliveries where table_name = 'treatments' and children = 'entity')
      ),
      false
    )
  group by source, patient_id, visit_id, batch_date
) as k
where not exists (
    select
    from (
      with delivered as (
        select
          source,
          patient_id,
          visit_id,
          batch_date
        from store.visits
      )
      select * from delivered
    ) as v
    where v.source = k.source
      and v.patient_id = k.patient_id
      and v.visit_id = k.visit_id
      and v.batch_date = k.batch_date
  )
union all
select
  k.child_table,
  'diagnoses',
  k.source,
  k.patient_id,
  k.visit_id,
  k.diagnosis_no,
  k.batch_date,
  k.rows
from (
  select
    'treatments' as child_table,
    source,
    patient_id,
    visit_id,
    diagnosis_no,
    batch_date,
    count(*) as rows
  from store.treatments
  where visit_id is not null
    and diagnosis_no is not null
    and coalesce(
      source <> all (
        array(select source from caseload.deliveries where table_name = 'treatments' and children = 'entity')
      ),
      false
    )
  group by source, patient_id, visit_id, diagnosis_no, batch_date
) as k
where not exists (
    select
    from (
      with delivered as (
        select
          source,
          patient_id,
          visit_id,
          diagnosis_no,
          batch_date
        from store.diagnoses
      )
      select * from delivered
    ) as d
    where d.source = k.source
      and d.patient_id = k.patient_id
      and d.visit_id = k.visit_id
      and d.diagnosis_no = k.diagnosis_no
      and d.batch_date = k.batch_date
  );
