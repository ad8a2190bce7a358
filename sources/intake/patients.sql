-- One row per record: the patient as it describes them. The medical record number identifies the patient; of the records
-- with one number the newest stays. An empty birth date breaks the contract, because it distinguishes two people.
select
  file_no,
  record_no,
  trim(mrn) as patient_id,
  trim(mrn) as mrn,
  nullif(concat_ws(' ', nullif(trim(first_name), ''), nullif(trim(last_name), '')), '') as name,
  nullif(trim(first_name), '') as first_name,
  nullif(trim(last_name), '') as last_name,
  coalesce(trim(birth_date), '') as birth_date
from intake
