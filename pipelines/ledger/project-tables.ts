import { columnsOf, type Contract } from '../contract/contract.ts'
import { tableSql } from '../contract/ddl.ts'
import type { Layout } from './layout.ts'
import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { quoteIdent, readSql } from '../platform/sql.ts'

/**
 * Makes a table that the project declares, from its contract: it has no file in `sql/store`. If the table exists, drops the
 * `not null` of columns that have become nullable; the caller adds new columns.
 *
 * @returns true if the table is new
 * @throws UsageError if its key has changed, or its name is that of a source's partition
 */
export async function makeProjectTable(session: Session, contract: Contract, layout: Layout): Promise<boolean> {
  const { table } = contract
  const before = await session.query<{ parent: string | null }>(readSql('sql/statements/ledger/table_parent.sql'), [
    table,
  ])
  const isNew = before.rows.length === 0
  const parent = before.rows[0]?.parent ?? null
  if (parent !== null) {
    throw new UsageError(
      `Expected store.${table} to be the table of tables/${table}, found the partition of a source below store.${parent}. ` +
        'Give the table another name.',
    )
  }
  await session.query(layout.tableSql(tableSql(contract)))
  const found = await session.query<{ name: string; in_key: boolean }>(
    readSql('sql/statements/ledger/required_columns.sql'),
    [table],
  )
  const key = found.rows.filter(row => row.in_key).map(row => row.name)
  const declared = [...contract.key, 'source', 'batch_date']
  if (key.join() !== declared.join()) {
    throw new UsageError(
      `store.${table} has the key ${key.join(', ')} in the database and ${declared.join(', ')} in tables/${table}. Caseload ` +
        'cannot change a key in place: restore it, or give the table another name and load its batches again.',
    )
  }
  const nullable = new Set(columnsOf(contract).flatMap(column => (column.nullable ? [column.name] : [])))
  const relaxed = found.rows.filter(row => nullable.has(row.name))
  if (relaxed.length === 0) return isNew
  const actions = relaxed.map(({ name }) => `alter column ${quoteIdent(name)} drop not null`)
  await session.query(`alter table store.${quoteIdent(table)} ${actions.join(', ')}`)
  return isNew
}
