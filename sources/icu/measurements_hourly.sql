-- One row per patient, type, unit and hour (UTC) of the readings that are loaded. An hour whose values are all words has
-- a row with count 0: this batch has readings of that hour, so another batch's figures must not be used alone.
-- Consciousness is never a number.
select
  max(file_no) as file_no,
  max(record_no) as record_no,
  patient_id,
  strftime(date_trunc('hour', measured_at), '%Y-%m-%dT%H:00:00Z') as hour,
  type,
  coalesce(unit, '') as unit,
  count(value)::varchar as count,
  sum(value)::varchar as sum,
  min(value)::varchar as min,
  max(value)::varchar as max
from accepted_measurements
where type <> 'consciousness'
group by
  patient_id,
  date_trunc('hour', measured_at),
  type,
  coalesce(unit, '')
