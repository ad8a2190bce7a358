-- One row per allergy of a patient, numbered as in the patient's own list.
with patient_roles as (
  select
    r.user_id
  from roles as r
  join role_definitions as d on d.role_id = r.role_id
  where lower(trim(d.category)) = 'patient'
),
allergies as (
  select
    file_no,
    record_no,
    id,
    unnest(allergies) as allergy,
    generate_subscripts(allergies, 1) as allergy_no
  from users
)
select
  file_no,
  record_no,
  id as patient_id,
  allergy_no::varchar as allergy_no,
  allergy.substance as substance,
  allergy.reaction as reaction
from allergies
where id in (select user_id from patient_roles)
