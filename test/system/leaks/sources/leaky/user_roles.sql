-- One row per line of the file: one role of one user.
select
  file_no,
  record_no,
  user_id,
  role_id
from user_roles
