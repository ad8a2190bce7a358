import { csv, Transformer } from 'caseload'

/** Complete after a day of quiet, which no test waits for. */
export class Restless extends Transformer {
  inputs = { people: csv({ files: ['people_*.csv'], columns: ['patient_id', 'name'] }) }

  tables = ['patients']

  ready = { quietSeconds: 86_400 }
}
