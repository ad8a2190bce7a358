-- One row per family member and per emergency contact of a patient, numbered in this order.
with patient_roles as (
  select
    r.user_id
  from roles as r
  join role_definitions as d on d.role_id = r.role_id
  where lower(trim(d.category)) = 'patient'
),
contacts as (
  select
    file_no,
    record_no,
    id,
    'family' as relationship,
    unnest(family_members) as contact,
    generate_subscripts(family_members, 1) as contact_no
  from users
  union all
  select
    file_no,
    record_no,
    id,
    'emergency' as relationship,
    unnest(emergency_contacts) as contact,
    coalesce(len(family_members), 0) + generate_subscripts(emergency_contacts, 1) as contact_no
  from users
)
select
  file_no,
  record_no,
  id as patient_id,
  contact_no::varchar as contact_no,
  relationship,
  contact.name as name,
  contact.phone as phone
from contacts
where id in (select user_id from patient_roles)
