import { csv, Transformer } from 'caseload'

/**
 * Intensive care: admissions, ages and one value per minute of each monitored parameter.
 *
 * A day may have no admissions or ages; a day without signals is an incomplete delivery. Parents may be in any batch, because
 * the signals of a stay arrive on days without its admission.
 */
export class Icu extends Transformer {
  override readonly inputs = {
    admission: csv({
      files: ['admission.csv'],
      columns: ['patient_id', 'admission_id', 'admitted_at', 'discharged_at', 'admission_type', 'unit'],
      presence: 'optional',
    }),
    age: csv({ files: ['age.csv'], columns: ['patient_id', 'age'], presence: 'optional' }),
    signal: csv({ files: ['signal.csv'], columns: ['patient_id', 'measured_at', 'parameter', 'value'] }),
  }

  override readonly tables = ['patients', 'visits', 'measurements', 'measurements_hourly']

  override readonly references = {
    visits: 'deferred',
    measurements: 'deferred',
    measurements_hourly: 'deferred',
  } as const

  /** Two ages with one number are two people; two values of one minute are two readings. */
  override readonly onConflict = {
    patients: { quarantine: ['age_years'] },
    measurements: { number: 'reading_no' },
  } as const
}
