-- Grain: one row per laboratory reading that is true now, of a type that clinical.lab_units converts. Reads
-- clinical.current_measurements. hour: the first moment of its full hour, UTC; it is there for the mart.
-- So a refresh of mart.readmission_risk reads a few values a day of a patient, not every reading of a monitor.
-- materialized: by patient and hour
-- index: type, hour
create or replace view clinical.lab_readings as
select
  m.source,
  m.patient_id,
  date_bin('1 hour', m.measured_at, timestamptz '2000-01-01 00:00:00+00') as hour,
  m.measured_at,
  m.type,
  m.device_id,
  m.reading_no,
  m.value,
  m.value_text,
  m.unit
from clinical.current_measurements as m
where m.type in ('hemoglobin', 'sodium')
  and (m.value is not null or m.value_text is not null);
