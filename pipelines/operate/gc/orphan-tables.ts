import { leafName } from '../../source/batch.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'

/** A table in caseload_stage or caseload_kept that is not in the ledger. */
export interface FoundTable {
  readonly schema: string
  readonly name: string
  /** Default of its column `source`; null without one. */
  readonly source: string | null
  /** Default of its column `batch_date`, `yyyy-mm-dd`; null without one. */
  readonly batch_date: string | null
  /** The ledger's state of a table of that name; null if it has none, or has it as dropped. */
  readonly known: string | null
}

/** An orphan table that is a leaf of Caseload. */
export interface OrphanLeaf {
  readonly schema: string
  readonly name: string
  readonly source: string
  readonly batch_date: string
}

/** Orphan tables: those that may be dropped, and the others. */
export interface OrphanTables {
  readonly leaves: readonly OrphanLeaf[]
  /** As `schema.name`: not a leaf of Caseload by name and defaults, or in the ledger as something else. */
  readonly unknown: readonly string[]
}

/**
 * Finds tables that no run and no rollback will ever use. Reads only. A leaf and its row in the ledger are committed together,
 * so a leaf without a row will never get one.
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
 * Separates leaves of Caseload from other tables. A leaf is named after its table, its source and its date, and has the latter
 * two as defaults.
 *
 * @param tables the tables that leaves belong to
 */
function sortOrphanTables(found: readonly FoundTable[], tables: readonly string[]): OrphanTables {
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
