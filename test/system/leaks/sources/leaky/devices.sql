-- One row per line of the file: one device from the moment it came into use by one patient.
select
  file_no,
  record_no,
  device_id,
  in_use_since,
  name,
  mac_address,
  patient_id,
  assigned_by,
  firmware_version,
  software_version
from devices
