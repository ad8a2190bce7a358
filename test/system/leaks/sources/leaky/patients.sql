-- One row per line of the file: one patient as one delivery describes them.
select
  file_no,
  record_no,
  patient_id,
  mrn,
  medical_card_no,
  name,
  first_name,
  last_name,
  birth_date,
  age_years,
  age_as_of,
  gender,
  email,
  phone,
  address,
  primary_care_provider,
  deceased_at
from patients
