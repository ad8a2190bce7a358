import { csv, Transformer } from 'caseload'

/** Has a bug whose message quotes what it works on, as JSON.parse does. */
export class LeakyBug extends Transformer {
  inputs = { patients: csv({ files: ['patients.csv'], columns: ['patient_id', 'name'] }) }

  tables = ['patients']

  load() {
    JSON.parse('{"name": Qzvx patient in a bug}')
  }
}
