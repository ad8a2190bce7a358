-- Grain: one row per source, device and start of use: the newest version (under delivery `full` only the devices of the newest published
-- batch). patient_id is null where the reader does not see the patient. Reads store.devices and clinical.delivered_tables.
create or replace view care.devices
with (security_barrier = true)
as
select
  d.source,
  d.device_id,
  d.in_use_since,
  d.name,
  d.mac_address,
  case when d.is_seen then d.patient_id end as patient_id,
  d.firmware_version,
  d.software_version,
  d.batch_date
from (
  select
    n.source,
    n.device_id,
    n.in_use_since,
    n.name,
    n.mac_address,
    n.patient_id,
    n.firmware_version,
    n.software_version,
    n.batch_date,
    (select caseload.care_sees_all())
    or n.source in (select caseload.care_sources())
    or (n.source, n.patient_id) in (select p.source, p.patient_id from caseload.care_patients() as p) as is_seen
  from (
    select distinct on (v.device_id, v.in_use_since, v.source)
      v.source,
      v.device_id,
      v.in_use_since,
      v.name,
      v.mac_address,
      v.patient_id,
      v.firmware_version,
      v.software_version,
      v.batch_date
    from store.devices as v
    left join clinical.delivered_tables as t
      on t.source = v.source
      and t.table_name = 'devices'
    where t.delivery is distinct from 'full' or v.batch_date = t.newest_batch_date
    order by
      v.device_id,
      v.in_use_since,
      v.source,
      case t.delivery
        when 'insert_only' then date '2000-01-01' - v.batch_date
        else v.batch_date - date '2000-01-01'
      end desc
  ) as n
) as d
where d.is_seen
  or d.source in (select caseload.care_device_sources())
