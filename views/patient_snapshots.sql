-- Grain: one row per source, patient and snapshot_date. A snapshot_date is the date of a published batch of the
-- source's patients; the row is the patient's newest version delivered on or before it, carried forward (under
-- `insert_only` the first version; under `full` a snapshot holds only what was delivered that day). delivered_on is the
-- batch the row comes from. Reads store.patients, caseload.published and clinical.delivered_tables.
create or replace view clinical.patient_snapshots as
select
  v.source,
  v.patient_id,
  s.batch_date as snapshot_date,
  v.mrn,
  v.medical_card_no,
  v.name,
  v.first_name,
  v.last_name,
  v.birth_date,
  v.age_years,
  v.age_as_of,
  v.gender,
  v.email,
  v.phone,
  v.address,
  v.primary_care_provider,
  v.deceased_at,
  v.delivered_on
from (
  select
    t.delivery,
    p.source,
    p.patient_id,
    p.mrn,
    p.medical_card_no,
    p.name,
    p.first_name,
    p.last_name,
    p.birth_date,
    p.age_years,
    p.age_as_of,
    p.gender,
    p.email,
    p.phone,
    p.address,
    p.primary_care_provider,
    p.deceased_at,
    p.batch_date as delivered_on,
    row_number() over history as version,
    lead(p.batch_date) over history as replaced_on
  from store.patients as p
  left join clinical.delivered_tables as t
    on t.source = p.source
    and t.table_name = 'patients'
  window history as (partition by p.patient_id, p.source order by p.batch_date)
) as v
join caseload.published as s
  on s.source = v.source
  and s.table_name = 'patients'
  and case v.delivery
    when 'full' then s.batch_date = v.delivered_on
    when 'insert_only' then v.version = 1 and s.batch_date >= v.delivered_on
    else s.batch_date >= v.delivered_on and (v.replaced_on is null or s.batch_date < v.replaced_on)
  end;
