import { csv, json, list, map, object, scalar, Transformer } from 'caseload'

const contact = object({ name: scalar, phone: scalar }, ['relationship'])

/**
 * Devices that patients have at home, and the people of the system around them. Field names are in snake case.
 *
 * `users.json` has every user of any role: `date_of_birth` as yyyy-mm-dd, `height_cm` and `weight_kg` as numbers, measured at
 * `updated_at`, the last change of the profile, or else on the day of the delivery; `billing` names the payer of what no
 * insurance pays. Users with a role of category patient are patients; all others are users only. `devices.csv` names the user
 * of a device and the start of use. In `device_data.ndjson` the names in `data` are types of measurements, see
 * docs/measurements.md; a type that is not listed there is loaded as it is, with a warning.
 *
 * Users, roles and devices are full lists every day: an entry that is not in the files is gone.
 */
export class HomeMonitoring extends Transformer {
  override readonly inputs = {
    users: json({
      files: ['users.json'],
      record: {
        id: scalar,
        name: scalar,
        email: scalar,
        phone: scalar,
        date_of_birth: scalar,
        gender: scalar,
        address: scalar,
        primary_care_provider: scalar,
        medical_card: scalar,
        billing: object({ payer: scalar, account: scalar }),
        insurance: list(object({ payer: scalar, member_id: scalar, plan: scalar })),
        family_members: list(contact),
        emergency_contacts: list(contact),
        height_cm: scalar,
        weight_kg: scalar,
        updated_at: scalar,
        medications: list(object({ drug: scalar, dose: scalar, started_on: scalar, ended_on: scalar })),
        allergies: list(object({ substance: scalar, reaction: scalar })),
      },
    }),
    devices: csv({
      files: ['devices.csv'],
      columns: [
        ...(['id', 'name', 'mac_address', 'user_id', 'assigned_by'] as const),
        ...(['firmware_version', 'software_version', 'in_use_since'] as const),
      ],
    }),
    device_data: json({
      files: ['device_data.ndjson'],
      presence: 'optional',
      record: { user_id: scalar, device_id: scalar, time: scalar, data: map },
    }),
    roles: csv({ files: ['roles.csv'], columns: ['user_id', 'role_id'] }),
    role_definitions: csv({
      files: ['role_definitions.csv'],
      columns: ['role_id', 'name', 'category', 'permissions'],
    }),
  }

  override readonly tables = [
    'patients',
    'patient_contacts',
    'coverages',
    'allergies',
    'treatments',
    'measurements',
    'devices',
    'users',
    'role_definitions',
    'user_roles',
  ]

  override readonly delivery = {
    patients: 'full',
    patient_contacts: 'full',
    coverages: 'full',
    allergies: 'full',
    treatments: 'full',
    devices: 'full',
    users: 'full',
    role_definitions: 'full',
    user_roles: 'full',
  } as const

  /** Two users with one id could be two people. */
  override readonly onConflict = {
    patients: 'quarantine',
    users: 'quarantine',
    measurements: { number: 'reading_no' },
  } as const
}
