-- One row per user with a role of category patient.
with patient_roles as (
  select
    r.user_id
  from roles as r
  join role_definitions as d on d.role_id = r.role_id
  where lower(trim(d.category)) = 'patient'
)
select
  file_no,
  record_no,
  id as patient_id,
  medical_card as medical_card_no,
  name,
  date_of_birth as birth_date,
  case lower(trim(gender))
    when 'm' then 'male'
    when 'f' then 'female'
    else lower(trim(gender))
  end as gender,
  email,
  phone,
  address,
  primary_care_provider
from users
where id in (select user_id from patient_roles)
