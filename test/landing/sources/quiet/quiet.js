import { csv, Transformer } from 'caseload'

/** Complete after a second of quiet. */
export class Quiet extends Transformer {
  inputs = { people: csv({ files: ['people_*.csv'], columns: ['patient_id', 'name'] }) }

  tables = ['patients']

  ready = { quietSeconds: 1 }
}
