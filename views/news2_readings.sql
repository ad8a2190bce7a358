-- Grain: one row per reading that is true now of a parameter of NEWS2, with its points, or null where it cannot be scored:
-- no number, a word that is none of the chart's, another unit than the canonical one. Reads
-- clinical.current_measurements. The thresholds are those of the Royal College of Physicians, National Early Warning
-- Score (NEWS) 2, London 2017, with SpO2 on scale 1: scale 2 is for a confirmed hypercapnic failure, which no delivery
-- tells. A value counts in its canonical unit only, rounded as the chart prints it (temperature to 0.1 Cel, the others
-- to 1). oxygen is a flow (0 is room air) or one of the texts `air` and `oxygen`; consciousness is one of A, C, V, P,
-- U.
-- `offset 0` keeps the points a value of each row: early_warning uses them four times, and each use would decide them again.
create or replace view clinical.news2_readings as
select
  m.source,
  m.patient_id,
  m.measured_at,
  m.type,
  m.device_id,
  m.reading_no,
  s.points
from clinical.current_measurements as m
cross join lateral (
  select
    case
      when not coalesce(
        case m.type
          when 'respiratory_rate' then m.value is not null and m.unit = '/min'
          when 'heart_rate' then m.value is not null and m.unit = '/min'
          when 'spo2' then m.value is not null and m.unit = '%'
          when 'systolic' then m.value is not null and m.unit = 'mmHg'
          when 'temperature' then m.value is not null and m.unit = 'Cel'
          when 'oxygen' then (m.value >= 0 and m.unit = 'L/min') or m.value_text in ('air', 'oxygen')
          when 'consciousness' then m.value_text in ('A', 'C', 'V', 'P', 'U')
        end,
        false
      ) then null
      when m.type = 'respiratory_rate' then case
        when round(m.value) <= 8 then 3
        when round(m.value) <= 11 then 1
        when round(m.value) <= 20 then 0
        when round(m.value) <= 24 then 2
        else 3
      end
      when m.type = 'spo2' then case
        when round(m.value) <= 91 then 3
        when round(m.value) <= 93 then 2
        when round(m.value) <= 95 then 1
        else 0
      end
      when m.type = 'systolic' then case
        when round(m.value) <= 90 then 3
        when round(m.value) <= 100 then 2
        when round(m.value) <= 110 then 1
        when round(m.value) <= 219 then 0
        else 3
      end
      when m.type = 'heart_rate' then case
        when round(m.value) <= 40 then 3
        when round(m.value) <= 50 then 1
        when round(m.value) <= 90 then 0
        when round(m.value) <= 110 then 1
        when round(m.value) <= 130 then 2
        else 3
      end
      when m.type = 'temperature' then case
        when round(m.value, 1) <= 35.0 then 3
        when round(m.value, 1) <= 36.0 then 1
        when round(m.value, 1) <= 38.0 then 0
        when round(m.value, 1) <= 39.0 then 1
        else 2
      end
      when m.type = 'oxygen' then case when m.value = 0 or m.value_text = 'air' then 0 else 2 end
      when m.type = 'consciousness' then case when m.value_text = 'A' then 0 else 3 end
    end as points
  offset 0
) as s
where m.type in (
    'respiratory_rate', 'spo2', 'systolic', 'heart_rate', 'temperature', 'oxygen', 'consciousness'
  )
  and (m.value is not null or m.value_text is not null);
