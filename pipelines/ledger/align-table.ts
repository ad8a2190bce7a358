import { columnsOf, type Contract, postgresType } from '../contract/contract.ts'
import { ownEngineColumns } from '../contract/engine-columns.ts'
import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { errorCode, lockNotAvailable, nameTable } from '../platform/server-error.ts'
import { quoteIdent, readSql } from '../platform/sql.ts'
import { declaredTypes } from './schema-state.ts'

/** Adds new columns to the table (its leaves follow), to kept versions and to staged leaves; refuses every other change. @returns the new columns */
export async function alignTable(session: Session, contract: Contract): Promise<readonly string[]> {
  const { table } = contract
  const found = await session.query<{ name: string; type: string }>(
    readSql('sql/statements/ledger/table_columns.sql'),
    [table],
  )
  const there = new Map(found.rows.map(row => [row.name, row.type]))
  const declared = declaredTypes(contract)
  for (const [name, type] of there) {
    const wanted = declared.get(name)
    if (wanted === undefined) {
      throw new UsageError(
        `store.${table} has a column ${name} that its contract does not declare. Declare it again (if a project's tables/ ` +
          `declares it, call caseload in that project), or, if you do not need its values, drop it: alter table store.${quoteIdent(table)} drop column ${quoteIdent(name)}; then migrate again.`,
      )
    }
    if (wanted !== type) {
      throw new UsageError(
        `store.${table}.${name} is ${type} in the database and ${wanted} in its contract. Caseload cannot change a type in ` +
          'place: add a column of another name and reload the batches, or restore the contract.',
      )
    }
  }
  const own = ownEngineColumns(table).map(({ name, type }) => ({ name, type, nullable: true }))
  const columns = columnsOf(contract).map(({ name, type, nullable }) => ({ name, type: postgresType(type), nullable }))
  const missing = [...columns, ...own].filter(column => !there.has(column.name))
  for (const column of missing) await addColumn(session, table, column)
  return missing.map(column => `${table}.${column.name}`)
}

interface NewColumn {
  readonly name: string
  /** As `format_type` spells it. */
  readonly type: string
  readonly nullable: boolean
}

/** The parent first: its lock waits for runs that are staging, and only then is the list of leaves complete. */
async function addColumn(session: Session, table: string, column: NewColumn): Promise<void> {
  if (!column.nullable) {
    throw new UsageError(`${table}.${column.name} is new and required, but stored rows lack it. Declare it nullable.`)
  }
  const definition = `add column ${quoteIdent(column.name)} ${column.type}`
  await alterParent(session, table, definition)
  const detached = await session.query<{ schema: string; name: string }>(
    readSql('sql/statements/ledger/detached_leaves.sql'),
    [table],
  )
  for (const { schema, name } of detached.rows) {
    await session.query(`alter table ${quoteIdent(schema)}.${quoteIdent(name)} ${definition}`)
  }
}

/** Adds the table's name to a lock timeout, so that the message can name the sessions that hold it. */
async function alterParent(session: Session, table: string, definition: string): Promise<void> {
  try {
    await session.query(`alter table store.${quoteIdent(table)} ${definition}`)
  } catch (error) {
    if (errorCode(error) === lockNotAvailable) nameTable(error, table)
    throw error
  }
}
