import type { Batch } from '../batch.ts'
import type { Session } from '../postgres.ts'
import { readSql } from '../sql.ts'
import type { BatchTable } from './check-query.ts'

/** What readers see of a batch. */
export interface PublishedBatch {
  readonly runId: string
  readonly tables: readonly BatchTable[]
}

/** Finds the published version of a batch, undefined if there is none. */
export async function publishedBatch(session: Session, batch: Batch): Promise<PublishedBatch | undefined> {
  const found = await session.query<{ run_id: string; table_name: string; leaf: string | null; loaded: number }>(
    readSql('sql/statements/check_published_tables.sql'),
    [batch.source, batch.date],
  )
  const [first] = found.rows
  if (first === undefined) return undefined
  const tables = found.rows.map(({ table_name: table, leaf, loaded }) => ({
    table,
    relation: leaf === null ? undefined : { schema: 'store', name: leaf },
    loaded,
  }))
  return { runId: first.run_id, tables }
}
