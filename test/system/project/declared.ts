import type { ContractShape } from '../../../pipelines/contract/contract.ts'
import type { TableDeclaration, TableDefinition } from '../../../pipelines/contract/declare.ts'
import { date, defineTable, extendTable, id, text } from '../../../pipelines/index.ts'

/** Says nothing of a person. */
export const none = { phi: 'none', description: 'A column.' } as const

/** A table of a project with the key of `things`, and more. */
export function table(columns: ContractShape, more: Partial<TableDefinition> = {}): TableDeclaration {
  return defineTable({
    grain: 'one row',
    key: ['patient_id', 'thing_no'],
    columns: { ...keyColumns, ...columns },
    ...more,
  })
}
/** The key of `things`. */
export const keyColumns = { patient_id: id({ ...none, phi: 'direct' }), thing_no: id(none) }
/** A table of its own. */
export const things = table({ happened_on: date(none).nullable() })
/** A child of `things`. */
export const parts = table(
  { part_no: id(none) },
  {
    key: ['patient_id', 'thing_no', 'part_no'],
    references: [
      { table: 'patients', columns: ['patient_id'] },
      { table: 'things', columns: ['patient_id', 'thing_no'], versioned: true },
    ],
  },
)
/** A column for `patients`. */
export const language = extendTable({ preferred_language: text(none).nullable() })
