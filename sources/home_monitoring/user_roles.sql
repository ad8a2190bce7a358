-- One row per user and role.
select
  file_no,
  record_no,
  user_id,
  role_id
from roles
