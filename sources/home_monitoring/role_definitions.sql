-- One row per role; its category in lower case.
select
  file_no,
  record_no,
  role_id,
  name,
  lower(trim(category)) as category,
  permissions
from role_definitions
