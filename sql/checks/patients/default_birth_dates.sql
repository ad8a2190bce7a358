-- Grain: one row per patient with a birth date that looks like a default: on or before 1901-01-01, or a day on which more
-- than 1 % of the patients, and at least 10, are born (of 100 people about 0.003 are born on one day). It warns: forms fill
-- in such a day for an unknown one, which makes ages and matches of persons wrong.
-- severity: warn
select
  patient_id,
  birth_date
from patients
where birth_date <= date '1901-01-01'
  or birth_date in (
    select
      birth_date
    from patients
    group by birth_date
    having count(*) >= 10
      and count(*) > 0.01 * (select count(birth_date) from patients)
  )
