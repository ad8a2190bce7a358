import { csv, Transformer } from 'caseload'

/** A list of people: the columns every hostile CSV is made of. */
export class People extends Transformer {
  inputs = { people: csv({ files: ['people.csv'], columns: ['id', 'name', 'born'] }) }

  tables = ['patients']
}
