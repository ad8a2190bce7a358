import { csv, Transformer } from 'caseload'

const columns: [string, ...string[]] = ['patient', 'language', 'incident', 'day', 'kind']

/** Incidents of a ward. */
export class Ward extends Transformer {
  override readonly inputs = { incidents: csv({ files: ['incidents.csv'], columns }) }
  override readonly tables = ['patients', 'incidents']
}
