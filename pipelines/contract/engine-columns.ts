import type { ColumnInfo } from './column.ts'

/** The columns that the engine adds to every table of `store`, behind those of its contract. */
export const engineColumns: readonly (ColumnInfo & { readonly name: string; readonly type: 'text' | 'date' })[] = [
  { name: 'source', type: 'text', phi: 'none', description: 'The source that delivered the row.' },
  { name: 'batch_date', type: 'date', phi: 'none', description: 'The day of the batch that delivered the row.' },
]
