import { csv, Transformer } from 'caseload'

/**
 * Intensive care: admissions, ages and one value a minute of each monitored parameter.
 *
 * A day without admissions or ages is a day on which nobody came; a day without signals is a delivery that is not
 * complete. Parents are looked for in all batches, because the signals of a stay arrive on days whose files name nobody.
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

  /** Two ages are two people under one number; two values of one minute are two readings. */
  override readonly onConflict = {
    patients: { quarantine: ['age_years'] },
    measurements: { number: 'reading_no' },
  } as const
}
