import { z } from 'zod'
import type { TableDeclaration } from './declare.ts'
import { faultsIn, options, saidText } from './faults.ts'

const namesOfColumns = 'must be a list of one or more names of columns'
const names = z.array(z.string('must be a name'), namesOfColumns).min(1, namesOfColumns)

/** What stands under a name is looked at by `columnsOf`. */
const columns = z.record(z.string(), z.unknown(), 'must be an object of columns by their names')

const reference = options({
  table: z.string('must be the name of a table'),
  columns: names,
  versioned: z.boolean('must be true or false').optional(),
})

const table = options({
  grain: saidText,
  key: names,
  columns,
  references: z.array(reference, 'must be a list of { table, columns, versioned }').optional(),
})

/**
 * What is wrong with the form of a declaration: the compiler sees none of it where a project is JavaScript.
 *
 * @returns one entry for each fault; where there is none, the definition has the form of its type, but for the columns,
 *   which `columnsOf` judges
 */
export function definitionFaults({ kind, definition }: TableDeclaration): readonly string[] {
  if (kind === 'columns') return faultsIn(z.object({ columns }), { columns: definition.columns })
  return faultsIn(z.object({ definition: table }), { definition }).map(fault => fault.replace('definition.', ''))
}
