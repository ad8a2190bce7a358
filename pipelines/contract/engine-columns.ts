import type { ColumnInfo } from './column.ts'

/** The columns that the engine adds to every table of `store`, behind those of its contract. */
export const engineColumns: readonly (ColumnInfo & { readonly name: string; readonly type: 'text' | 'date' })[] = [
  { name: 'source', type: 'text', phi: 'none', description: 'The source that delivered the row.' },
  { name: 'batch_date', type: 'date', phi: 'none', description: 'The day of the batch that delivered the row.' },
]

/** A column that the engine adds to one table only; it is null where there is nothing to say. */
export interface OwnEngineColumn extends ColumnInfo {
  readonly name: string
  /** As `format_type` spells it. */
  readonly type: string
}

const silentOn: OwnEngineColumn = {
  name: 'silent_on',
  type: 'text[]',
  phi: 'none',
  description:
    'Child tables of which the batch said nothing, because their optional files did not come; null if it spoke of all.',
}

/** The columns that the engine adds to this table only, before those that it adds to every table. */
export function ownEngineColumns(table: string): readonly OwnEngineColumn[] {
  return table === 'visits' ? [silentOn] : []
}
