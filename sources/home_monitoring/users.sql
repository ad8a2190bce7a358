-- One row per user of any role.
select
  file_no,
  record_no,
  id as user_id,
  name,
  email
from users
