-- One row per procedure. It has no identifier; moment, code, encounter and its position among procedures with the same three
-- identify it.
select
  file_no,
  record_no,
  PATIENT as patient_id,
  concat_ws(
    '/',
    coalesce("START", DATE),
    CODE,
    ENCOUNTER,
    row_number() over (partition by PATIENT, coalesce("START", DATE), CODE, ENCOUNTER order by file_no, record_no)
  ) as procedure_id,
  ENCOUNTER as visit_id,
  coalesce("SYSTEM", 'SNOMED-CT') as code_system,
  CODE as procedure_code,
  DESCRIPTION as procedure_description,
  coalesce("START", DATE) as performed_at
from procedures
