-- One row per value of a device's record, and one each for the height and the weight in a patient's profile, which have no
-- device: measured at the last change of the profile or, without one, on the day of the delivery.
-- A record without any value gives one row without a type, which the contract refuses.
-- A type of docs/measurements.md has the unit that is written there, and its value must be a number, except for two types
-- that have words, too. For any other type, a value that reads as a number is one, in any notation and of any size; a
-- number that is too long for its column breaks the contract. Decimals beyond the sixth are rounded.
-- They are rounded from twenty: DuckDB 1.5.5 casts 5e-324 to 0.000001 if it keeps six.
-- The engine numbers different values of one type, device and moment; the same value twice is one reading.
with patient_roles as (
  select
    r.user_id
  from roles as r
  join role_definitions as d on d.role_id = r.role_id
  where lower(trim(d.category)) = 'patient'
),
types (
  type,
  unit,
  has_words
) as (
  values
    ('heart_rate', '/min', false),
    ('respiratory_rate', '/min', false),
    ('systolic', 'mmHg', false),
    ('diastolic', 'mmHg', false),
    ('mean_arterial', 'mmHg', false),
    ('spo2', '%', false),
    ('temperature', 'Cel', false),
    ('consciousness', null, true),
    ('oxygen', 'L/min', true),
    ('glucose', 'mg/dL', false),
    ('hemoglobin', 'g/dL', false),
    ('sodium', 'mmol/L', false),
    ('weight', 'kg', false),
    ('height', 'cm', false)
),
delivered as (
  select
    file_no,
    record_no,
    user_id,
    device_id,
    time,
    unnest(coalesce(nullif(map_entries(data), []), [null])) as entry
  from device_data
  union all
  select
    file_no,
    record_no,
    id as user_id,
    '' as device_id,
    coalesce(updated_at, batch_date || 'T00:00') as time,
    unnest([{'key': 'height', 'value': height_cm}, {'key': 'weight', 'value': weight_kg}]) as entry
  from users
  cross join batch
  where id in (select user_id from patient_roles)
),
readings as (
  select
    d.file_no,
    d.record_no,
    d.user_id,
    d.device_id,
    d.time,
    d.entry.key as type,
    t.unit,
    coalesce(t.has_words, true) as has_words,
    regexp_full_match(d.entry.value, '-?[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]{1,3})?') as is_number,
    case
      when is_number and not regexp_full_match(d.entry.value, '-?[0-9]{1,12}(?:[.][0-9]{1,6})?') then coalesce(try_cast(round(try_cast(d.entry.value as decimal(38, 20)), 6) as decimal(18, 6))::varchar, d.entry.value)
      else d.entry.value
    end as value
  from delivered as d
  left join types as t on t.type = d.entry.key
)
select
  file_no,
  record_no,
  user_id as patient_id,
  time as measured_at,
  type,
  device_id,
  '0' as reading_no,
  case
    when not has_words or is_number then value
  end as value,
  case
    when has_words and not is_number then value
  end as value_text,
  case
    when not has_words or is_number then unit
  end as unit,
  case
    when type is not null and value is null then 'empty_value'
  end as removed_by
from readings
