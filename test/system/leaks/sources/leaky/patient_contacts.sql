-- One row per line of the file: one contact of one patient.
select
  file_no,
  record_no,
  patient_id,
  contact_no,
  relationship,
  name,
  phone
from patient_contacts
