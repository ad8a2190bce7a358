import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

interface FurtherIndex {
  readonly table_name: string
  /** A JSON list; null where it is made of expressions alone. */
  readonly columns: string | null
}

/**
 * The columns of every index that an operator has put on a table of `store` beside its key: every batch builds them, and a
 * row whose values such an index cannot hold would stop it.
 *
 * @returns by table
 */
export async function furtherIndexes(
  openSession: () => Promise<Session>,
): Promise<ReadonlyMap<string, readonly (readonly string[])[]>> {
  const session = await openSession()
  try {
    const { rows } = await session.query<FurtherIndex>(readSql('sql/statements/check/further_indexes.sql'))
    const found = new Map<string, readonly (readonly string[])[]>()
    for (const { table_name: table, columns } of rows) {
      const names = JSON.parse(columns ?? '[]') as readonly string[]
      found.set(table, [...(found.get(table) ?? []), names])
    }
    return found
  } finally {
    await session.end()
  }
}
