-- One row per line of age.csv. An age is that on the day of the delivery; no date of birth is derived from it. A patient
-- who is only in admission.csv gets no row: it would be the newest one, and hide an age that an earlier day delivered.
select
  file_no,
  record_no,
  patient_id,
  age as age_years,
  case
    when age is not null then (select batch_date from batch)
  end as age_as_of
from age
