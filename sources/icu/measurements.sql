-- One row per line of signal.csv, in the canonical unit of its type; a cell without a value is removed. A known word goes to
-- value_text; a word that the type does not know stays in value, and so breaks the contract. An unknown parameter keeps its
-- name as the type and has no unit.
select
  file_no,
  record_no,
  patient_id,
  measured_at,
  case
    when parameter in ('bp_systolic', 'systolic_blood_pressure') then 'systolic'
    when parameter in ('bp_diastolic', 'diastolic_blood_pressure') then 'diastolic'
    when parameter in ('bp_mean', 'mean_arterial_pressure') then 'mean_arterial'
    else parameter
  end as type,
  '' as device_id,
  '0' as reading_no,
  case
    when parameter = 'consciousness' and value in ('A', 'C', 'V', 'P', 'U') then null
    when parameter = 'oxygen' and value in ('air', 'oxygen') then null
    else value
  end as value,
  case
    when parameter = 'consciousness' and value in ('A', 'C', 'V', 'P', 'U') then value
    when parameter = 'oxygen' and value in ('air', 'oxygen') then value
  end as value_text,
  case
    when parameter in ('heart_rate', 'respiratory_rate') then '/min'
    when parameter = 'spo2' then '%'
    when parameter = 'temperature' then 'Cel'
    when parameter in ('systolic', 'bp_systolic', 'systolic_blood_pressure') then 'mmHg'
    when parameter in ('diastolic', 'bp_diastolic', 'diastolic_blood_pressure') then 'mmHg'
    when parameter in ('mean_arterial', 'bp_mean', 'mean_arterial_pressure') then 'mmHg'
    when parameter = 'oxygen' and value not in ('air', 'oxygen') then 'L/min'
  end as unit,
  case
    when value is null then 'empty_cell'
  end as removed_by
from signal
