-- One row per line of the file: one user of the system.
select
  file_no,
  record_no,
  user_id,
  name,
  email
from users
