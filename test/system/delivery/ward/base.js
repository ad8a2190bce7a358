import { csv, Transformer } from 'caseload'

/** A ward that delivers each table as a CSV file of its own. Tests declare the rest in a class that extends this one. */
export class WardBase extends Transformer {
  inputs = {
    people: csv({ files: ['patients*.csv'], columns: ['patient_id', 'name'], optional: ['birth_date', 'version'] }),
    stays: csv({ files: ['visits.csv'], columns: ['patient_id', 'visit_id', 'visit_date'], optional: ['status'] }),
    findings: csv({
      files: ['diagnoses.csv'],
      columns: ['patient_id', 'visit_id', 'diagnosis_no', 'code'],
      presence: 'optional',
    }),
    links: csv({ files: ['patient_links.csv'], columns: ['patient_id', 'person_id'], presence: 'optional' }),
    readings: csv({
      files: ['measurements.csv'],
      columns: ['patient_id', 'visit_id', 'measured_at', 'pulse'],
      presence: 'optional',
    }),
  }

  tables = ['patients', 'patient_links', 'visits', 'diagnoses', 'measurements']
}
