import { z } from 'zod'
import type { ContractShape, Reference } from './contract.ts'
import { faultsIn, saidText, strictObject } from './faults.ts'

/** What a project declares about its own table; the table is named like its file. */
export interface TableDefinition {
  /** One row is ...: a line for the data dictionary. */
  readonly grain: string
  /** The columns that identify a row within one source and batch; they must not be nullable. */
  readonly key: readonly [string, ...string[]]
  /** In the order of the table: builders such as `id` and `date`, `.nullable()` where a value may be absent. */
  readonly columns: ContractShape
  /** The tables that its rows belong to, the nearest one last; none by default. */
  readonly references?: readonly TableReference[]
}

/** That a row belongs to a row of another table of the same source. */
export interface TableReference extends Omit<Reference, 'versioned'> {
  /** True if the row is part of one version of its parent, as a diagnosis is of a visit; default false. */
  readonly versioned?: boolean
}

/** What a file in `tables/` exports, made by {@link defineTable} or {@link extendTable}. */
export class TableDeclaration {
  /** The project's own table, or columns for a shipped one. */
  readonly kind: 'table' | 'columns'
  /** An extension has columns only. */
  readonly definition: TableDefinition

  /** Use {@link defineTable} or {@link extendTable}. */
  constructor(kind: TableDeclaration['kind'], definition: TableDefinition) {
    this.kind = kind
    this.definition = definition
  }
}

/**
 * Declares a project's own table, in `tables/<table>.js` (or `.ts`). A migration creates `store.<table>`: these columns, then
 * `source` and `batch_date`, partitioned like the shipped tables. A fault is reported when the project is loaded, with the
 * names of the file and the columns, and not here.
 *
 * @example
 * ```ts
 * import { date, defineTable, id, text } from 'caseload'
 *
 * export const incidents = defineTable({
 *   grain: 'one incident',
 *   key: ['patient_id', 'incident_id'],
 *   references: [{ table: 'patients', columns: ['patient_id'] }],
 *   columns: {
 *     patient_id: id({ phi: 'direct', description: 'Identifier of the patient in this source.' }),
 *     incident_id: id({ phi: 'quasi', description: 'Identifier of the incident in this source.' }),
 *     happened_on: date({ phi: 'quasi', description: 'Local date of the incident.' }).nullable(),
 *     kind: text({ phi: 'none', description: 'What happened, in one word.', maxLength: 64 }).nullable(),
 *   },
 * })
 * ```
 */
export function defineTable(definition: TableDefinition): TableDeclaration {
  return new TableDeclaration('table', definition)
}

/**
 * Adds columns to a shipped table, in `tables/<table>.js` (or `.ts`). They are nullable, because sources that do not know them
 * fill the table too. A shipped column never changes.
 *
 * @example
 * ```ts
 * import { extendTable, text } from 'caseload'
 *
 * export const patients = extendTable({
 *   preferred_language: text({ phi: 'quasi', description: 'Language the patient prefers.', maxLength: 35 }).nullable(),
 * })
 * ```
 */
export function extendTable(columns: ContractShape): TableDeclaration {
  return new TableDeclaration('columns', { grain: '', key: ['patient_id'], columns })
}

const namesOfColumns = 'must be a list of one or more names of columns'
const names = z.array(z.string('must be a name'), namesOfColumns).min(1, namesOfColumns)

/** `columnsOf` checks the values. */
const columns = z.record(z.string(), z.unknown(), 'must be an object of columns by their names')

const reference = strictObject({
  table: z.string('must be the name of a table'),
  columns: names,
  versioned: z.boolean('must be true or false').optional(),
})

const table = strictObject({
  grain: saidText,
  key: names,
  columns,
  references: z.array(reference, 'must be a list of { table, columns, versioned }').optional(),
})

/**
 * What is wrong with the form of a declaration, which no compiler has checked in a JavaScript project.
 *
 * @returns one entry for each fault; without a fault the definition has the form of its type, except for its columns, which
 *   `columnsOf` checks
 */
export function definitionFaults({ kind, definition }: TableDeclaration): readonly string[] {
  if (kind === 'columns') return faultsIn(z.object({ columns }), { columns: definition.columns })
  return faultsIn(z.object({ definition: table }), { definition }).map(fault => fault.replace('definition.', ''))
}
