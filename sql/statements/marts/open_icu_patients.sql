-- $1 a source. Who is in intensive care as far as the marts know, one row each: the last vital signs are those before the end
-- of the newest day.
select distinct
  patient_id
from mart.person_visits
where source = $1
  and visit_type = 'icu'
  and ended_on is null
