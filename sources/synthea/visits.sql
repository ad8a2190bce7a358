-- One row per encounter. Days are local to the export's region; one that was delivered as a day stays that day, and its
-- moment is null. A text that is not a time stays as delivered, so that it breaks the contract, and so does an unknown
-- class. Only two classes say how urgent the encounter was; the export does not have the discharge disposition.
select
  file_no,
  record_no,
  PATIENT as patient_id,
  Id as visit_id,
  case
    when regexp_full_match("START", '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9].*')
      then coalesce(strftime(try_cast("START" as timestamptz) at time zone (select zone from batch), '%Y-%m-%d'), "START")
    else "START"
  end as visit_date,
  case ENCOUNTERCLASS
    when 'ambulatory' then 'outpatient'
    when 'wellness' then 'outpatient'
    when 'urgentcare' then 'outpatient'
    when 'virtual' then 'outpatient'
    when 'home' then 'other'
    when 'hospice' then 'other'
    when 'snf' then 'other'
    else ENCOUNTERCLASS
  end as visit_type,
  case ENCOUNTERCLASS
    when 'emergency' then 'emergency'
    when 'urgentcare' then 'urgent'
  end as admission_type,
  case
    when not regexp_full_match("START", '[0-9]{4}-[0-9]{2}-[0-9]{2}') then "START"
  end as admitted_at,
  case
    when not regexp_full_match(STOP, '[0-9]{4}-[0-9]{2}-[0-9]{2}') then STOP
  end as discharged_at,
  case
    when regexp_full_match("START", '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9].*')
      then coalesce(strftime(try_cast("START" as timestamptz) at time zone (select zone from batch), '%Y-%m-%d'), "START")
    else "START"
  end as admitted_on,
  case
    when regexp_full_match(STOP, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9].*')
      then coalesce(strftime(try_cast(STOP as timestamptz) at time zone (select zone from batch), '%Y-%m-%d'), STOP)
    else STOP
  end as discharged_on,
  ORGANIZATION as facility,
  coalesce(REASONDESCRIPTION, DESCRIPTION) as reason
from encounters
