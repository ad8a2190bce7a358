import { csv, Transformer } from 'caseload'

/** Its SELECT casts a text that is no number: DuckDB's message quotes the value. */
export class LeakyCast extends Transformer {
  inputs = { patients: csv({ files: ['patients.csv'], columns: ['patient_id', 'name'] }) }

  tables = ['patients']
}
