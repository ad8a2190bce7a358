import { csv, Transformer } from 'caseload'

/** Its SELECT raises an error whose message is a value. */
export class LeakyRaise extends Transformer {
  inputs = { patients: csv({ files: ['patients.csv'], columns: ['patient_id', 'name'] }) }

  tables = ['patients']
}
