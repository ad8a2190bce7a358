-- One row per condition, under the encounter in which it was found; its number is its position among those of the
-- encounter. Exports without a column SYSTEM have SNOMED CT codes only.
select
  file_no,
  record_no,
  PATIENT as patient_id,
  ENCOUNTER as visit_id,
  (row_number() over (partition by PATIENT, ENCOUNTER order by file_no, record_no))::varchar as diagnosis_no,
  coalesce("SYSTEM", 'SNOMED-CT') as code_system,
  CODE as diagnosis_code,
  DESCRIPTION as diagnosis_description
from conditions
