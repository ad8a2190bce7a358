-- One row per medication. It has no identifier of its own: moment, code, encounter, and its position among those that have
-- all of these in common, since one drug can be prescribed twice at one moment.
-- The drug's name holds a strength, not what the patient takes, so there is no dose. Days are local; exports of before April
-- 2020 hold days (synthetichealth/synthea pull request 710), and a day stays that day.
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
