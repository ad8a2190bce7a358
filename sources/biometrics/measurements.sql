-- One row per line of readings.csv and column with a value. If several lines have the same moment, the last one counts. A
-- line marked as deleted withdraws the readings that it names, or all four if it names none; a mark that is neither yes nor
-- no breaks the contract.
with lines as (
  select
    file_no,
    record_no,
    lower(trim(patient_email, ' ' || chr(9) || chr(10) || chr(13) || chr(160))) as patient_id,
    trim("timestamp") as measured_at,
    nullif(trim(glucose_mg_dL), '') as glucose,
    nullif(trim(bp_systolic), '') as systolic,
    nullif(trim(bp_diastolic), '') as diastolic,
    nullif(trim(weight_kg), '') as weight,
    case
      when coalesce(lower(trim(deleted)), '') in ('', 'false', 'f', 'no', 'n', '0') then 'active'
      when lower(trim(deleted)) in ('true', 't', 'yes', 'y', '1') then 'entered_in_error'
      else deleted
    end as record_status
  from readings
),
cells as (
  select
    file_no,
    record_no,
    patient_id,
    measured_at,
    record_status,
    coalesce(glucose, systolic, diastolic, weight) is null as names_none,
    unnest([
      {'type': 'glucose', 'unit': 'mg/dL', 'value': glucose},
      {'type': 'systolic', 'unit': 'mmHg', 'value': systolic},
      {'type': 'diastolic', 'unit': 'mmHg', 'value': diastolic},
      {'type': 'weight', 'unit': 'kg', 'value': weight}
    ]) as cell
  from lines
)
select
  file_no,
  record_no,
  patient_id,
  measured_at,
  cell.type as type,
  '' as device_id,
  '0' as reading_no,
  cell.value as value,
  cell.unit as unit,
  record_status,
  case
    when cell.value is null and not (names_none and record_status = 'entered_in_error') then 'empty_cell'
  end as removed_by
from cells
