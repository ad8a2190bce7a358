import { csv, Transformer } from 'caseload'

/** One CSV of readings with all columns of measurements; only the benchmark reads it. */
export class BenchReadings extends Transformer {
  inputs = {
    readings: csv({
      files: ['readings.csv'],
      columns: ['patient_id', 'measured_at', 'type', 'device_id', 'reading_no', 'value', 'unit'],
    }),
  }

  tables = ['measurements']
}
