import { csv, Transformer } from 'caseload'

/** One CSV file per canonical table, with every column of it: the tests that look for leaks fill them with canaries. */
export class Leaky extends Transformer {
  inputs = {
    patients: csv({
      files: ['patients.csv'],
      columns: [
        'patient_id',
        'mrn',
        'medical_card_no',
        'name',
        'first_name',
        'last_name',
        'birth_date',
        'age_years',
        'age_as_of',
        'gender',
        'email',
        'phone',
        'address',
        'primary_care_provider',
        'deceased_at',
      ],
    }),
    patient_links: csv({
      files: ['patient_links.csv'],
      columns: ['patient_id', 'person_id', 'valid_from', 'reason'],
    }),
    patient_contacts: csv({
      files: ['patient_contacts.csv'],
      columns: ['patient_id', 'contact_no', 'relationship', 'name', 'phone'],
    }),
    coverages: csv({
      files: ['coverages.csv'],
      columns: ['patient_id', 'coverage_no', 'payer', 'member_id', 'plan'],
    }),
    allergies: csv({
      files: ['allergies.csv'],
      columns: ['patient_id', 'allergy_no', 'substance', 'reaction'],
    }),
    visits: csv({
      files: ['visits.csv'],
      columns: [
        'patient_id',
        'visit_id',
        'visit_date',
        'visit_type',
        'admission_type',
        'admitted_at',
        'discharged_at',
        'admitted_on',
        'discharged_on',
        'discharge_disposition',
        'facility',
        'service',
        'reason',
        'provider_notes_text',
        'provider_notes_author',
        'record_status',
      ],
    }),
    diagnoses: csv({
      files: ['diagnoses.csv'],
      columns: [
        'patient_id',
        'visit_id',
        'diagnosis_no',
        'diagnosis_id',
        'code_system',
        'diagnosis_code',
        'diagnosis_description',
        'record_status',
      ],
    }),
    procedures: csv({
      files: ['procedures.csv'],
      columns: [
        'patient_id',
        'procedure_id',
        'visit_id',
        'code_system',
        'procedure_code',
        'procedure_description',
        'performed_at',
        'record_status',
      ],
    }),
    treatments: csv({
      files: ['treatments.csv'],
      columns: [
        'patient_id',
        'treatment_id',
        'visit_id',
        'diagnosis_no',
        'drug',
        'dose',
        'dose_value',
        'dose_unit',
        'started_on',
        'ended_on',
        'record_status',
      ],
    }),
    measurements: csv({
      files: ['measurements.csv'],
      columns: [
        'patient_id',
        'measured_at',
        'type',
        'device_id',
        'reading_no',
        'value',
        'value_text',
        'unit',
        'visit_id',
        'record_status',
      ],
    }),
    measurements_hourly: csv({
      files: ['measurements_hourly.csv'],
      columns: ['patient_id', 'hour', 'type', 'unit', 'count', 'sum', 'min', 'max'],
    }),
    devices: csv({
      files: ['devices.csv'],
      columns: [
        'device_id',
        'in_use_since',
        'name',
        'mac_address',
        'patient_id',
        'assigned_by',
        'firmware_version',
        'software_version',
      ],
    }),
    users: csv({ files: ['users.csv'], columns: ['user_id', 'name', 'email'], presence: 'optional' }),
    role_definitions: csv({
      files: ['role_definitions.csv'],
      columns: ['role_id', 'name', 'category', 'permissions'],
    }),
    user_roles: csv({ files: ['user_roles.csv'], columns: ['user_id', 'role_id'], presence: 'optional' }),
  }

  tables = [
    'patients',
    'patient_links',
    'patient_contacts',
    'coverages',
    'allergies',
    'visits',
    'diagnoses',
    'procedures',
    'treatments',
    'measurements',
    'measurements_hourly',
    'devices',
    'users',
    'role_definitions',
    'user_roles',
  ]

  zone = 'Europe/Amsterdam'

  maxBadRows = '100%'

  onConflict = { patients: 'quarantine' }
}
