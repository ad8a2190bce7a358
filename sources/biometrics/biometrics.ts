import { csv, json, scalar, Transformer } from 'caseload'

/**
 * Biometrics that people measure themselves: the people, and one line of glucose, blood pressure and weight per reading.
 *
 * The mail address identifies the patient. A day may deliver readings alone, so parents may be in any batch.
 */
export class Biometrics extends Transformer {
  override readonly inputs = {
    patients: json({
      files: ['patients.json'],
      record: { name: scalar, dob: scalar, gender: scalar, address: scalar, email: scalar, phone: scalar },
      presence: 'optional',
    }),
    readings: csv({
      files: ['readings.csv'],
      columns: ['patient_email', 'timestamp', 'glucose_mg_dL', 'bp_systolic', 'bp_diastolic', 'weight_kg'],
      optional: ['deleted'],
    }),
  }

  override readonly tables = ['patients', 'measurements', 'measurements_hourly']

  override readonly references = { measurements: 'deferred', measurements_hourly: 'deferred' } as const

  /** Another name or date of birth with the same address is another person. */
  override readonly onConflict = { patients: { quarantine: ['name', 'birth_date'] } } as const
}
