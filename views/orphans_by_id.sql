-- Grain: one row per source, child table, parent table, patient_id, visit_id and batch_date: `rows` rows that belong to a patient, or to
-- a visit, by its id alone, and whose patient or visit is in no batch. A step of clinical.orphans, which says what counts. Reads
-- store.patient_links, store.visits, store.procedures, store.treatments, store.measurements, store.measurements_hourly,
-- store.devices, store.patients and caseload.deliveries.
-- read_with is the table whose delivery says which of these rows count.
-- Seven tables share one look at the patients and one at the visits. Keys are grouped before they meet their parents.
create or replace view clinical.orphans_by_id as
select
  k.source,
  k.child_table,
  o.parent_table,
  k.patient_id,
  o.visit_id,
  k.batch_date,
  'no parent in any batch' as reason,
  k.read_with,
  false as is_versioned,
  k.rows
from (
  select
    'patient_links' as child_table,
    'patient_links' as read_with,
    source,
    patient_id,
    null::text as visit_id,
    batch_date,
    count(*) as rows
  from store.patient_links
  group by source, patient_id, batch_date
  union all
  select
    'visits',
    'visits',
    source,
    patient_id,
    null,
    batch_date,
    count(*)
  from store.visits
  group by source, patient_id, batch_date
  union all
  select
    'procedures',
    case
      when visit_id is null then 'procedures'
      when source = any (
        array(select source from caseload.deliveries where table_name = 'procedures' and children = 'entity')
      ) then 'procedures'
      else 'visits'
    end,
    source,
    patient_id,
    null,
    batch_date,
    count(*)
  from store.procedures
  group by source, patient_id, visit_id is null, batch_date
  union all
  select
    'treatments',
    case
      when visit_id is null then 'treatments'
      when source = any (
        array(select source from caseload.deliveries where table_name = 'treatments' and children = 'entity')
      ) then 'treatments'
      else 'visits'
    end,
    source,
    patient_id,
    null,
    batch_date,
    count(*)
  from store.treatments
  group by source, patient_id, visit_id is null, batch_date
  union all
  select
    'measurements',
    'measurements',
    source,
    patient_id,
    visit_id,
    batch_date,
    count(*)
  from store.measurements
  group by source, patient_id, visit_id, batch_date
  union all
  select
    'measurements_hourly',
    'measurements_hourly',
    source,
    patient_id,
    null,
    batch_date,
    count(*)
  from store.measurements_hourly
  group by source, patient_id, batch_date
  union all
  select
    'devices',
    'devices',
    source,
    patient_id,
    null,
    batch_date,
    count(*)
  from store.devices
  where patient_id is not null
  group by source, patient_id, batch_date
) as k
left join (
  select
    source,
    patient_id
  from store.patients
  group by source, patient_id
) as p
  on p.source = k.source
  and p.patient_id = k.patient_id
left join (
  select
    source,
    patient_id,
    visit_id
  from store.visits
  group by source, patient_id, visit_id
) as v
  on v.source = k.source
  and v.patient_id = k.patient_id
  and v.visit_id = k.visit_id
cross join lateral (
  values
    ('patients', null, p.patient_id is null),
    ('visits', k.visit_id, k.visit_id is not null and v.visit_id is null)
) as o (parent_table, visit_id, missing)
where o.missing
  and (p.patient_id is null or (k.visit_id is not null and v.visit_id is null));
