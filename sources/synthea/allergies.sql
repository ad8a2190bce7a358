-- One row per allergy, also one that the patient has outgrown; its number is its position among those of the patient.
select
  file_no,
  record_no,
  PATIENT as patient_id,
  (row_number() over (partition by PATIENT order by file_no, record_no))::varchar as allergy_no,
  DESCRIPTION as substance,
  nullif(
    concat_ws('; ', concat_ws(', ', DESCRIPTION1, lower(SEVERITY1)), nullif(concat_ws(', ', DESCRIPTION2, lower(SEVERITY2)), '')),
    ''
  ) as reaction
from allergies
