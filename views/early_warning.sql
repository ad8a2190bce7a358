-- Grain: one row per source, patient and hour (a full hour, UTC) with a reading that NEWS2 scores. Reads
-- clinical.news2_readings, which says whose thresholds these are and which values count (SpO2 on scale 1).
-- The hour 08:00 holds the readings from 07:45 up to, not including, 08:45, so that a round of observations around a full
-- or a half hour is whole; each reading is in exactly one hour. (measurement_hourly counts from full hour to full hour.)
-- score is NEWS2 of the last value of each of the seven parameters in the hour, worst_score of the value of each with
-- the most points. Both are null unless complete, that is unless all seven were read in that hour, consciousness and
-- oxygen too: nothing is carried over from the hour before, and a missing parameter is never 0 points. A parameter is
-- missing, too, where its last value of the hour cannot be scored, such as one in another unit: an older one never stands
-- for it. least_score and least_worst_score add up the known ones, so that an incomplete score is at least that. Of two
-- readings of one moment the one with more points counts, and one that is scored goes before one that cannot be.
-- band (of score) and worst_band: low 0-4, low_medium 0-4 with 3 points in one parameter, medium 5-6, high 7 or more.
-- parts and worst_parts hold the points by parameter; missing names the parameters without a last value that is scored;
-- readings counts the scored ones.
-- The last value of a parameter is the largest of: its time since the begin of the hour in eighths of a microsecond, plus its
-- points, or -1 for none. The largest array of the two takes three times as long to find.
-- Of a day of 14.4 million readings (2,000 beds) one patient's hours take 0.15 s, one hour of all beds 3 s, the whole
-- day 30 s, half of it to read current_measurements: filter by patient_id or by hour.
-- materialized: by patient and hour
-- index: hour
create or replace view clinical.early_warning as
select
  h.source,
  h.patient_id,
  h.hour,
  case when h.complete then h.least_score end as score,
  case
    when not h.complete then null
    when h.least_score >= 7 then 'high'
    when h.least_score >= 5 then 'medium'
    when h.most_points = 3 then 'low_medium'
    else 'low'
  end as band,
  case when h.complete then h.least_worst_score end as worst_score,
  case
    when not h.complete then null
    when h.least_worst_score >= 7 then 'high'
    when h.least_worst_score >= 5 then 'medium'
    when h.most_worst_points = 3 then 'low_medium'
    else 'low'
  end as worst_band,
  h.complete,
  h.least_score,
  h.least_worst_score,
  h.parts,
  h.worst_parts,
  h.missing,
  h.readings
from (
  select
    p.source,
    p.patient_id,
    p.hour,
    count(p.points) = 7 as complete,
    coalesce(sum(p.points), 0)::integer as least_score,
    sum(p.worst_points)::integer as least_worst_score,
    max(p.points) as most_points,
    max(p.worst_points) as most_worst_points,
    coalesce(jsonb_object_agg(p.type, p.points) filter (where p.points is not null), '{}') as parts,
    jsonb_object_agg(p.type, p.worst_points) filter (where p.worst_points is not null) as worst_parts,
    array(
      select t.type
      from unnest(
        array['respiratory_rate', 'spo2', 'oxygen', 'systolic', 'heart_rate', 'consciousness', 'temperature']
      ) with ordinality as t (type, place)
      where t.type <> all (coalesce(array_agg(p.type) filter (where p.points is not null), '{}'))
      order by t.place
    ) as missing,
    sum(p.readings)::bigint as readings
  from (
    select
      r.source,
      r.patient_id,
      r.hour,
      r.type,
      nullif(
        (max((date_part('epoch', r.measured_at - r.hour) + 900) * 8000000 + coalesce(r.points, -1)) + 1)::bigint % 8,
        0
      )::integer - 1 as points,
      max(r.points) as worst_points,
      count(r.points) as readings
    from (
      select
        n.source,
        n.patient_id,
        date_bin('1 hour', n.measured_at + interval '15 minutes', timestamptz '2000-01-01 00:00:00+00') as hour,
        n.type,
        n.measured_at,
        n.points
      from clinical.news2_readings as n
    ) as r
    group by 1, 2, 3, 4
  ) as p
  group by
    p.source,
    p.patient_id,
    p.hour
  having count(p.worst_points) > 0
) as h;
