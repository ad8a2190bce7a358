-- One row per record: a person, identified by the trimmed lower-case mail address. An unknown word or code for the gender
-- stays as delivered, and so breaks the contract.
with people as (
  select
    file_no,
    record_no,
    trim(email, ' ' || chr(9) || chr(10) || chr(13) || chr(160)) as email,
    trim(name) as name,
    trim(dob) as dob,
    gender,
    coalesce(lower(trim(gender)), '') as gender_word,
    address,
    phone
  from patients
)
select
  file_no,
  record_no,
  lower(email) as patient_id,
  name,
  dob as birth_date,
  case
    when gender_word in ('male', 'm', 'man', '1') then 'male'
    when gender_word in ('female', 'f', 'woman', '2') then 'female'
    when gender_word in ('other', 'o', 'x', 'd', 'diverse', 'non-binary', 'nonbinary', 'non binary') then 'other'
    when gender_word in ('', 'unknown', 'u', 'not specified', 'prefer not to say', '0', '9') then 'unknown'
    else gender
  end as gender,
  email,
  phone,
  address
from people
