-- One row per patient, visit and position of the diagnosis; ICD-10:E11.9 is code E11.9 of system ICD-10. The first colon
-- separates the two, or the last one if the system is a URI or an OID (http:, https:, urn:).
with visits as (
  select
    file_no,
    record_no,
    patient_id,
    unnest(visits) as visit
  from visit_events
),
diagnoses as (
  select
    file_no,
    record_no,
    patient_id,
    visit.visit_id as visit_id,
    unnest(visit.diagnoses) as diagnosis,
    generate_subscripts(visit.diagnoses, 1) as diagnosis_no
  from visits
)
select
  file_no,
  record_no,
  patient_id,
  visit_id,
  diagnosis_no::varchar as diagnosis_no,
  case
    when contains(diagnosis.code, ':')
      then regexp_extract(diagnosis.code, '(?s)^((?:https?|urn):.*|[^:]*):(.*)$', 1)
    else 'unknown'
  end as code_system,
  case
    when contains(diagnosis.code, ':')
      then regexp_extract(diagnosis.code, '(?s)^((?:https?|urn):.*|[^:]*):(.*)$', 2)
    else diagnosis.code
  end as diagnosis_code,
  diagnosis.description as diagnosis_description
from diagnoses
