import type { Log } from '../platform/log.ts'
import { describeServerError, type Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/**
 * From so many leaves of one table on there is a warning. 5,475 broke a default server (53200, out of shared memory),
 * which holds a lock per leaf for a query over all of them.
 */
export const manyLeaves = 500

/** A table with many leaves. */
export interface CrowdedTable {
  readonly table: string
  /** Leaves of all sources. */
  readonly leaves: number
  /** The source that has most of them. */
  readonly source: string
  /** How many of them that source has. */
  readonly sourceLeaves: number
}

/** Tables with `many` leaves or more, of all sources; the most crowded first. */
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

/** One line: what is the matter, and what to do about it; undefined where there is no such table. */
export function describeCrowd(tables: readonly CrowdedTable[]): string | undefined {
  const [worst] = tables
  if (worst === undefined) return undefined
  const { table, leaves, source, sourceLeaves } = worst
  const others = tables.slice(1).map(one => `${one.table} ${one.leaves}`)
  return (
    `${table} has ${leaves} leaves, ${sourceLeaves} of them of ${source}; every query over it locks them all. ` +
    `caseload compact ${source} --before <date> --to month merges old days.` +
    (others.length > 0 ? ` Others: ${others.join(', ')}.` : '')
  )
}

/** Warns, in one line, of tables that have many leaves. Never throws: the batch is published by then. */
export async function warnOfLeaves(session: Session, log: Log, many: number = manyLeaves): Promise<void> {
  try {
    const words = describeCrowd(await crowdedTables(session, many))
    if (words !== undefined) log.warn('publish', words)
  } catch (error) {
    log.warn('publish', `published, but the leaves could not be counted: ${describeServerError(error)}`)
  }
}
