-- One row per record: the patient as it describes them. The medical record number is the patient; of the records of one
-- number the newest stays. An empty birth date breaks the contract: it is what tells two people apart.
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
