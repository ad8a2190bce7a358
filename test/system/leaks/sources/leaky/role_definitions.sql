-- One row per line of the file: one role.
select
  file_no,
  record_no,
  role_id,
  name,
  category,
  permissions
from role_definitions
