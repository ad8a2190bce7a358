import type { Batch } from '../source/batch.ts'
import type { Counts } from '../contract/counts.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import type { BatchTable } from './check-query.ts'
import type { CheckResult } from './check-result.ts'
import { recordedFileResults } from './file-results.ts'

/** The published version of a batch. */
export interface PublishedBatch {
  readonly runId: string
  readonly tables: readonly BatchTable[]
  /** Results about its files from when they were read; the files may be gone. */
  readonly fileResults: readonly CheckResult[]
}

interface PublishedTable {
  readonly run_id: string
  readonly table_name: string
  readonly leaf: string | null
  /** True if its leaf has other days, too. */
  readonly is_range: boolean
  readonly loaded: number
  readonly warned: Counts
}

/** Finds the published version of a batch, undefined if it is not published. */
export async function publishedBatch(session: Session, batch: Batch): Promise<PublishedBatch | undefined> {
  const found = await session.query<PublishedTable>(readSql('sql/statements/audit/published_tables.sql'), [
    batch.source,
    batch.date,
  ])
  const [first] = found.rows
  if (first === undefined) return undefined
  const tables = found.rows.map(({ table_name: table, leaf, is_range, loaded, warned }) => ({
    table,
    relation: leaf === null ? undefined : { schema: 'store', name: leaf, day: is_range ? batch.date : undefined },
    loaded,
    warned,
  }))
  return { runId: first.run_id, tables, fileResults: await recordedFileResults(session, first.run_id) }
}
