-- One row per patient, type, unit and hour (UTC) of the readings that are loaded. An hour in which this batch
-- only withdraws readings has a row with count 0, so that another batch's figures of that hour are not used alone.
select
  max(file_no) as file_no,
  max(record_no) as record_no,
  patient_id,
  strftime(date_trunc('hour', measured_at), '%Y-%m-%dT%H:00:00Z') as hour,
  type,
  unit,
  (count(value) filter (where record_status = 'active'))::varchar as count,
  (sum(value) filter (where record_status = 'active'))::varchar as sum,
  (min(value) filter (where record_status = 'active'))::varchar as min,
  (max(value) filter (where record_status = 'active'))::varchar as max
from accepted_measurements
group by
  patient_id,
  date_trunc('hour', measured_at),
  type,
  unit
