-- One row per device and start of use. A device that is not in use has no patient.
select
  file_no,
  record_no,
  id as device_id,
  in_use_since,
  name,
  mac_address,
  user_id as patient_id,
  assigned_by,
  firmware_version,
  software_version
from devices
