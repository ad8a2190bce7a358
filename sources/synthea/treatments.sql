-- One row per medication. It has no identifier; moment, code, encounter and its position among medications with the same three
-- identify it, because one drug can be prescribed twice at one moment.
-- The drug's name has a strength, not what the patient takes, so the dose is null. Days are local; exports from before April
-- 2020 have days (synthetichealth/synthea pull request 710), and a day stays that day.
select
  file_no,
  record_no,
  PATIENT as patient_id,
  concat_ws(
    '/',
    "START",
    CODE,
    ENCOUNTER,
    row_number() over (partition by PATIENT, "START", CODE, ENCOUNTER order by file_no, record_no)
  ) as treatment_id,
  ENCOUNTER as visit_id,
  DESCRIPTION as drug,
  case
    when regexp_full_match("START", '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9].*')
      then coalesce(strftime(try_cast("START" as timestamptz) at time zone (select zone from batch), '%Y-%m-%d'), "START")
    else "START"
  end as started_on,
  case
    when regexp_full_match(STOP, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9].*')
      then coalesce(strftime(try_cast(STOP as timestamptz) at time zone (select zone from batch), '%Y-%m-%d'), STOP)
    else STOP
  end as ended_on
from medications
