import { csv, Transformer } from 'caseload'

/** Complete once the files are those of the manifest. */
export class Listed extends Transformer {
  inputs = { people: csv({ files: ['people_*.csv'], columns: ['patient_id', 'name'] }) }

  tables = ['patients']

  ready = { manifest: 'manifest.json' }
}
