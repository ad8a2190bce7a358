-- One row per observation. A LOINC code gets the type of docs/measurements.md if it comes in that type's unit; any other code
-- is a type as it is. A value is a number if the export says numeric, else text. Decimals beyond the sixth are rounded.
-- The engine numbers different values of one code at one moment; the same value twice is one reading. An observation without
-- a value is removed as empty_value.
with types (
  code,
  delivered_unit,
  type,
  unit
) as (
  values
    ('8867-4', '/min', 'heart_rate', '/min'),
    ('9279-1', '/min', 'respiratory_rate', '/min'),
    ('8480-6', 'mm[Hg]', 'systolic', 'mmHg'),
    ('8480-6', 'mmHg', 'systolic', 'mmHg'),
    ('8462-4', 'mm[Hg]', 'diastolic', 'mmHg'),
    ('8462-4', 'mmHg', 'diastolic', 'mmHg'),
    ('2708-6', '%', 'spo2', '%'),
    ('59408-5', '%', 'spo2', '%'),
    ('8310-5', 'Cel', 'temperature', 'Cel'),
    ('8302-2', 'cm', 'height', 'cm'),
    ('29463-7', 'kg', 'weight', 'kg'),
    ('2339-0', 'mg/dL', 'glucose', 'mg/dL'),
    ('2345-7', 'mg/dL', 'glucose', 'mg/dL'),
    ('718-7', 'g/dL', 'hemoglobin', 'g/dL'),
    ('2947-0', 'mmol/L', 'sodium', 'mmol/L'),
    ('2951-2', 'mmol/L', 'sodium', 'mmol/L')
)
select
  o.file_no,
  o.record_no,
  o.PATIENT as patient_id,
  o.DATE as measured_at,
  coalesce(t.type, o.CODE) as type,
  '' as device_id,
  '0' as reading_no,
  case
    when o.TYPE is distinct from 'numeric' then null
    when regexp_full_match(o.VALUE, '-?[0-9]{1,12}(?:[.][0-9]{1,6})?') then o.VALUE
    when regexp_full_match(o.VALUE, '-?[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]{1,3})?') then coalesce(try_cast(round(try_cast(o.VALUE as decimal(38, 20)), 6) as decimal(18, 6))::varchar, o.VALUE)
    else o.VALUE
  end as value,
  case
    when o.TYPE is distinct from 'numeric' then o.VALUE
  end as value_text,
  coalesce(t.unit, nullif(o.UNITS, 'null')) as unit,
  o.ENCOUNTER as visit_id,
  case
    when o.VALUE is null then 'empty_value'
  end as removed_by
from observations as o
left join types as t
  on t.code = o.CODE
  and t.delivered_unit = o.UNITS
