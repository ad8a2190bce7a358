import { id, text, timestamp } from '../columns.ts'
import type { Contract } from '../contract.ts'

/** Contract of `store.devices`: one row is one device from the moment it came into use by one patient. */
export const devices = {
  table: 'devices',
  grain: 'one device from the moment it came into use by one patient',
  key: ['device_id', 'in_use_since'],
  references: [{ table: 'patients', columns: ['patient_id'], versioned: false }],
  shape: {
    device_id: id({ phi: 'quasi', description: 'Identifier of the device.' }),
    in_use_since: timestamp({ phi: 'quasi', description: 'When this use began, UTC.' }),
    name: text({ phi: 'none', description: 'Name of the device.' }).nullable(),
    mac_address: text({ phi: 'quasi', description: 'Network address of the device.', maxLength: 64 }).nullable(),
    patient_id: id({ phi: 'direct', description: 'Who uses it.' }).nullable(),
    assigned_by: id({ phi: 'direct', description: 'Who assigned it.' }).nullable(),
    firmware_version: text({ phi: 'none', description: 'Version of the firmware.', maxLength: 64 }).nullable(),
    software_version: text({ phi: 'none', description: 'Version of the software.', maxLength: 64 }).nullable(),
  },
} as const satisfies Contract
