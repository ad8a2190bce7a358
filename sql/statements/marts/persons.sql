-- $1 a source, $2 patients (null for all). The persons as whom the marts know them, one row each.
select
  $1 || ':' || p.patient_id as person_id
from unnest($2::text[]) as p (patient_id)
union
select
  c.person_id
from mart.current_patients as c
where c.source = $1
  and ($2 is null or c.patient_id = any ($2))
union
select
  v.person_id
from mart.person_visits as v
where v.source = $1
  and ($2 is null or v.patient_id = any ($2))
