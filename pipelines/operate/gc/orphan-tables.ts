import { leafName } from '../../source/batch.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'

/** A table in caseload_stage or caseload_kept that the ledger does not know to be there. */
export interface FoundTable {
  readonly schema: string
  readonly name: string
  /** Default of its column `source`, null where it has none. */
  readonly source: string | null
  /** Default of its column `batch_date`, `yyyy-mm-dd`, null where it has none. */
  readonly batch_date: string | null
  /** What the ledger says of a table of that name, null if nothing or that it was dropped. */
  readonly known: string | null
}

/** One of them that is a leaf of ours, and of no use to anybody. */
export interface OrphanLeaf {
  readonly schema: string
  readonly name: string
  readonly source: string
  readonly batch_date: string
}

/** Those tables, sorted by whether they may go. */
export interface OrphanTables {
  readonly leaves: readonly OrphanLeaf[]
  /** As `schema.name`: no leaves of ours by their names and defaults, or known to the ledger as something else. */
  readonly unknown: readonly string[]
}

/**
 * Finds tables that no run and no rollback will ever ask for. Reads only. A leaf and its row in the ledger are committed
 * together, so a leaf that is seen without one has none coming.
 */
export async function findOrphanTables(session: Session): Promise<OrphanTables> {
  const found = await session.query<FoundTable>(readSql('sql/statements/gc/orphan_tables.sql'))
  const tables = await session.query<{ name: string }>(readSql('sql/statements/gc/tables.sql'))
  return sortOrphanTables(
    found.rows,
    tables.rows.map(row => row.name),
  )
}

/**
 * Tells leaves of ours from tables of somebody else. A leaf is named after its table, its source and its date, and has the
 * latter two as defaults.
 *
 * @param tables the tables that leaves belong to
 */
export function sortOrphanTables(found: readonly FoundTable[], tables: readonly string[]): OrphanTables {
  const leaves: OrphanLeaf[] = []
  const unknown: string[] = []
  for (const { schema, name, source, batch_date, known } of found) {
    if (source !== null && batch_date !== null && known === null && isLeaf(name, source, batch_date, tables)) {
      leaves.push({ schema, name, source, batch_date })
    } else unknown.push(`${schema}.${name}`)
  }
  return { leaves, unknown }
}

function isLeaf(name: string, source: string, date: string, tables: readonly string[]): boolean {
  const run = /_([0-9a-f]{8})$/.exec(name)?.[1]
  return run !== undefined && tables.some(table => leafName(table, { source, date }, run) === name)
}
