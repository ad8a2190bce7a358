import type { Log } from '../platform/log.ts'
import type { Session } from '../platform/postgres.ts'
import { describeServerError } from '../platform/server-error.ts'
import { readSql } from '../platform/sql.ts'

/**
 * The number of leaves of one table from which on Caseload warns. 5,475 broke a default server (53200, out of shared memory),
 * which holds a lock per leaf for a query over all of them.
 */
export const manyLeaves = 500

/** A table with many leaves. */
export interface CrowdedTable {
  readonly table: string
  /** Leaves of all sources. */
  readonly leaves: number
  /** The source with the most leaves. */
  readonly source: string
  /** Leaves of that source. */
  readonly sourceLeaves: number
}

/** Tables with at least `many` leaves of all sources together, the table with the most leaves first. */
export async function crowdedTables(session: Session, many: number = manyLeaves): Promise<readonly CrowdedTable[]> {
  const found = await session.query<{ table_name: string; leaves: number; source: string; source_leaves: number }>(
    readSql('sql/statements/publish/crowded_tables.sql'),
    [many],
  )
  return found.rows.map(row => ({
    table: row.table_name,
    leaves: row.leaves,
    source: row.source,
    sourceLeaves: row.source_leaves,
  }))
}

/** One line for a warning, with the remedy; undefined without a table. */
function describeCrowd(tables: readonly CrowdedTable[]): string | undefined {
  const [worst] = tables
  if (worst === undefined) return undefined
  const { table, leaves, source, sourceLeaves } = worst
  const others = tables.slice(1).map(one => `${one.table} ${one.leaves}`)
  return (
    `${table} has ${leaves} leaves, ${sourceLeaves} of them of ${source}; every query over the table locks all of them. ` +
    `caseload compact ${source} --before <date> --to month merges old days.` +
    (others.length > 0 ? ` Others: ${others.join(', ')}.` : '')
  )
}

/** Warns of tables with many leaves, in one line. Never throws: the batch is published already. */
export async function warnOfLeaves(session: Session, log: Log, many: number = manyLeaves): Promise<void> {
  try {
    const words = describeCrowd(await crowdedTables(session, many))
    if (words !== undefined) log.warn('publish', words)
  } catch (error) {
    log.warn('publish', `published, but the leaves could not be counted: ${describeServerError(error)}`)
  }
}
