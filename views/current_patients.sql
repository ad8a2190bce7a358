-- Grain: one row per source and patient: the newest version (the first under delivery `insert_only`; under `full` only
-- the patients of the newest published batch). Reads store.patients, store.patient_links and clinical.delivered_tables.
-- person_id is the one of the newest link, as delivered. Without a link it is `source:patient_id`, so that the same
-- patient_id in two sources never becomes one person by accident.
-- materialized: by patient
-- index: person_id
create or replace view clinical.current_patients as
select
  p.source,
  p.patient_id,
  coalesce(l.person_id, p.source || ':' || p.patient_id) as person_id,
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
  p.batch_date
from (
  select distinct on (v.patient_id, v.source)
    v.source,
    v.patient_id,
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
    v.batch_date
  from store.patients as v
  left join clinical.delivered_tables as t
    on t.source = v.source
    and t.table_name = 'patients'
  where t.delivery is distinct from 'full' or v.batch_date = t.newest_batch_date
  order by
    v.patient_id,
    v.source,
    case t.delivery
      when 'insert_only' then date '2000-01-01' - v.batch_date
      else v.batch_date - date '2000-01-01'
    end desc
) as p
left join (
  select distinct on (v.patient_id, v.source)
    v.source,
    v.patient_id,
    v.person_id
  from store.patient_links as v
  left join clinical.delivered_tables as t
    on t.source = v.source
    and t.table_name = 'patient_links'
  where t.delivery is distinct from 'full' or v.batch_date = t.newest_batch_date
  order by
    v.patient_id,
    v.source,
    case t.delivery
      when 'insert_only' then date '2000-01-01' - v.batch_date
      else v.batch_date - date '2000-01-01'
    end desc
) as l
  on l.source = p.source
  and l.patient_id = p.patient_id;
