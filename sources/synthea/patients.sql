-- One row per patient of the export. The moment of death is the start of that day in the export's region.
select
  file_no,
  record_no,
  Id as patient_id,
  concat_ws(' ', "FIRST", MIDDLE, "LAST") as name,
  "FIRST" as first_name,
  "LAST" as last_name,
  BIRTHDATE as birth_date,
  case GENDER
    when 'M' then 'male'
    when 'F' then 'female'
    else GENDER
  end as gender,
  nullif(concat_ws(', ', ADDRESS, CITY, STATE, ZIP), '') as address,
  case
    when length(DEATHDATE) = 10 then DEATHDATE || 'T00:00'
    else DEATHDATE
  end as deceased_at
from patients
