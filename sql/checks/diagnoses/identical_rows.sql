-- Grain: one row per diagnosis that says the same as an earlier one of its delivery: rows without an id of their own get one of their
-- content and a number, and this one's is over 1. It warns: the same diagnosis can happen twice, but a line that was exported twice,
-- or a file that came again under another name, doubles rows as well, and both count in every view.
-- severity: warn
select
  patient_id,
  diagnosis_id
from diagnoses
where diagnosis_id not like '%/1'
  and diagnosis_id like '________________________________/%'
  and diagnosis_id ~ '^[0-9a-f]{32}/[0-9]+$'
  and record_status = 'active'
