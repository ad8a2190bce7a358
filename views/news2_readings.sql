-- Grain: one row per reading that is true now of a parameter of NEWS2, with its points, or null where it cannot be scored:
-- no number, a word that is none of the chart's, another unit than the canonical one. Reads
-- clinical.current_measurements. The thresholds are those of the Royal College of Physicians, National Early Warning
-- Score (NEWS) 2, London 2017, with SpO2 on scale 1: scale 2 is for a confirmed hypercapnic failure, which no delivery
-- tells. A value counts in its canonical unit only, rounded as the chart prints it (temperature to 0.1 Cel, the others
-- to 1): a bound is half a step above the number on the chart, which takes half the time of round(). oxygen is a flow (0 is
-- room air) or one of the texts `air` and `oxygen`; consciousness is one of A, C, V, P, U.
-- `offset 0` keeps the points a value of each row: early_warning uses them three times, and each use would decide them again.
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
    case m.type
      when 'respiratory_rate' then case
        when m.value is null or m.unit is distinct from '/min' then null
        when m.value < 8.5 then 3
        when m.value < 11.5 then 1
        when m.value < 20.5 then 0
        when m.value < 24.5 then 2
        else 3
      end
      when 'spo2' then case
        when m.value is null or m.unit is distinct from '%' then null
        when m.value < 91.5 then 3
        when m.value < 93.5 then 2
        when m.value < 95.5 then 1
        else 0
      end
      when 'systolic' then case
        when m.value is null or m.unit is distinct from 'mmHg' then null
        when m.value < 90.5 then 3
        when m.value < 100.5 then 2
        when m.value < 110.5 then 1
        when m.value < 219.5 then 0
        else 3
      end
      when 'heart_rate' then case
        when m.value is null or m.unit is distinct from '/min' then null
        when m.value < 40.5 then 3
        when m.value < 50.5 then 1
        when m.value < 90.5 then 0
        when m.value < 110.5 then 1
        when m.value < 130.5 then 2
        else 3
      end
      when 'temperature' then case
        when m.value is null or m.unit is distinct from 'Cel' then null
        when m.value < 35.05 then 3
        when m.value < 36.05 then 1
        when m.value < 38.05 then 0
        when m.value < 39.05 then 1
        else 2
      end
      when 'oxygen' then case
        when (m.value >= 0 and m.unit = 'L/min') or m.value_text in ('air', 'oxygen')
          then case when m.value = 0 or m.value_text = 'air' then 0 else 2 end
      end
      when 'consciousness' then case
        when m.value_text = 'A' then 0
        when m.value_text in ('C', 'V', 'P', 'U') then 3
      end
    end as points
  offset 0
) as s
where m.type in (
    'respiratory_rate', 'spo2', 'systolic', 'heart_rate', 'temperature', 'oxygen', 'consciousness'
  )
  and (m.value is not null or m.value_text is not null);
