import { csv, Transformer } from 'caseload'

/** One CSV of readings, as wide as the measurements of a ward: only the bench reads it. */
export class BenchReadings extends Transformer {
  inputs = {
    readings: csv({
      files: ['readings.csv'],
      columns: ['patient_id', 'measured_at', 'type', 'device_id', 'reading_no', 'value', 'unit'],
    }),
  }

  tables = ['measurements']
}
