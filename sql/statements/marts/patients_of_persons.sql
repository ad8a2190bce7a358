-- $1 persons. Their patients in all sources, one row each.
select
  c.source,
  c.patient_id
from mart.current_patients as c
where c.person_id = any ($1::text[])
union
select
  v.source,
  v.patient_id
from mart.person_visits as v
where v.person_id = any ($1::text[])
