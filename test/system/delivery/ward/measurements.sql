-- One row per line: a pulse; a line without one is an empty cell.
select
  file_no,
  record_no,
  patient_id,
  measured_at,
  'pulse' as type,
  '' as device_id,
  '0' as reading_no,
  pulse as value,
  visit_id,
  case
    when pulse is null then 'empty_cell'
  end as removed_by
from readings
