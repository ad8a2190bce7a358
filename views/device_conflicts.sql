-- Grain: one row per reading that is true now and came from a device that was not its patient's at that moment, as far as
-- the device lists of all batches say. Reads clinical.current_measurements, store.devices, clinical.delivered_tables,
-- caseload.published and caseload.sources. A source that delivers no devices has no conflicts.
-- conflict: `unknown device`, `not in use yet`, `another patient`, `no patient`, or `no longer listed`: the reading is
-- from after the day of the first whole list that lacks the device. used_by and in_use_since say what the lists know.
-- Where lists disagree about a moment, the newest one that knows who used the device then is right, so that a start of use
-- entered in error ends with its correction; where deliveries hold changes only, it is the latest start of use.
-- Who used a device can change only at a start of use, so its user is looked up once per device and start, and readings
-- meet the spans between: of 1.5 million readings of 600 devices in 12 lists, all conflicts take 7.5 s of
-- two busy cores, 5 s of them for current_measurements.
create or replace view clinical.device_conflicts as
with listed as (
  select
    d.source,
    d.device_id,
    d.in_use_since,
    d.patient_id,
    d.batch_date,
    t.delivery
  from store.devices as d
  join clinical.delivered_tables as t
    on t.source = d.source
    and t.table_name = 'devices'
),
spans as (
  select
    u.source,
    u.device_id,
    u.starts_at,
    lead(u.starts_at) over (partition by u.source, u.device_id order by u.starts_at) as ends_at,
    u.patient_id,
    u.in_use_since
  from (
    select distinct on (s.source, s.device_id, s.starts_at)
      s.source,
      s.device_id,
      s.starts_at,
      l.patient_id,
      l.in_use_since
    from (
      select
        source,
        device_id,
        in_use_since as starts_at
      from listed
      group by source, device_id, in_use_since
    ) as s
    join listed as l
      on l.source = s.source
      and l.device_id = s.device_id
      and l.in_use_since <= s.starts_at
    order by
      s.source,
      s.device_id,
      s.starts_at,
      case when l.delivery = 'full' then l.batch_date end desc,
      l.in_use_since desc,
      case
        when l.delivery = 'insert_only' then date '2000-01-01' - l.batch_date
        else l.batch_date - date '2000-01-01'
      end desc
  ) as u
),
known as (
  select
    k.source,
    k.device_id,
    (
      select
        (min(p.batch_date) + 1)::timestamp at time zone k.zone
      from caseload.published as p
      where p.source = k.source
        and p.table_name = 'devices'
        and p.batch_date > k.last_listed
        and k.delivery = 'full'
    ) as gone_at
  from (
    select
      l.source,
      l.device_id,
      l.delivery,
      z.zone,
      max(l.batch_date) as last_listed
    from listed as l
    join caseload.sources as z on z.source = l.source
    group by l.source, l.device_id, l.delivery, z.zone
  ) as k
)
select
  m.source,
  m.patient_id,
  m.measured_at,
  m.type,
  m.device_id,
  m.reading_no,
  m.value,
  m.value_text,
  m.unit,
  m.batch_date,
  case
    when k.device_id is null then 'unknown device'
    when m.measured_at >= k.gone_at then 'no longer listed'
    when s.device_id is null then 'not in use yet'
    when s.patient_id is null then 'no patient'
    else 'another patient'
  end as conflict,
  s.patient_id as used_by,
  s.in_use_since
from clinical.current_measurements as m
join clinical.delivered_tables as t
  on t.source = m.source
  and t.table_name = 'devices'
left join known as k
  on k.source = m.source
  and k.device_id = m.device_id
left join spans as s
  on s.source = m.source
  and s.device_id = m.device_id
  and s.starts_at <= m.measured_at
  and (s.ends_at is null or m.measured_at < s.ends_at)
where m.device_id <> ''
  and (
    s.patient_id is distinct from m.patient_id
    or m.measured_at >= k.gone_at
  );
