import { csv, Transformer } from 'caseload'

/** Complete once the marker of the day is there. */
export class Marked extends Transformer {
  inputs = { people: csv({ files: ['people_*.csv'], columns: ['patient_id', 'name'] }) }

  tables = ['patients']

  ready = { marker: 'done_{date}.flag' }
}
