import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { columnsOf, type Contract, type ContractColumn, postgresType } from '../contract/contract.ts'
import { allContracts, isOwnTable } from '../contract/tables/contracts.ts'
import { UsageError } from '../platform/errors.ts'
import { errorCode, lockNotAvailable, nameTable, type Session } from '../platform/postgres.ts'
import { type LockWaitLimits, lockWaitLimits, retryUntilLocked } from '../platform/lock-wait.ts'
import { underMigrationLock } from './migration-lock.ts'
import { makeOwnTable } from './project-tables.ts'
import {
  foreignObjects,
  hasLedger,
  noteMade,
  obstacleError,
  requireFitness,
  requireMade,
  requireWritable,
} from './ownership.ts'
import { type Acting, createObstacles, lookUpCreateRights } from './schema-rights.ts'
import { packageRoot, quoteIdent, readSql } from '../platform/sql.ts'

/** What a migration did. */
export interface Migration {
  /** Ledger files applied, in order. */
  readonly applied: readonly string[]
  /** Tables of the project that were made. */
  readonly made: readonly string[]
  /** Columns added, as `table.column`. */
  readonly added: readonly string[]
}

const listSql = (folder: string): readonly string[] =>
  readdirSync(join(packageRoot, folder))
    .filter(name => name.endsWith('.sql'))
    .sort()
    .map(name => `${folder}/${name}`)

const ledgerFiles = (): readonly string[] => listSql('sql/migrations')

/** The version of the ledger that this code works with: the number of its newest file in `sql/migrations`. */
export function ledgerVersion(): number {
  return Number(/(\d{4})_[^/]*$/.exec(ledgerFiles().at(-1) ?? '')?.[1])
}

/** A hash of everything `migrate` makes: if the database has it, there is nothing to do. */
export function schemaFingerprint(): string {
  const hash = createHash('sha256')
  for (const path of [...ledgerFiles(), ...listSql('sql/functions'), ...listSql('sql/store')])
    hash.update(readSql(path))
  for (const contract of allContracts()) {
    hash.update(JSON.stringify([contract.table, contract.key, [...declaredTypes(contract)]]))
    for (const { name, nullable } of columnsOf(contract)) hash.update(`${name} ${nullable}\n`)
  }
  return hash.digest('hex')
}

/**
 * True if the database has just what this code makes.
 *
 * @throws UsageError if its ledger is newer than this code, or as `requireFitness` does
 */
export async function isMigrated(session: Session): Promise<boolean> {
  await requireFitness(session)
  const state = await schemaState(session)
  refuseNewer(state?.version)
  return state?.fingerprint === schemaFingerprint()
}

/** How a migration waits for who holds a table that it changes. */
export interface MigrationWait {
  readonly limits?: LockWaitLimits
  /** Looked at before every try. */
  readonly signal?: AbortSignal
}

/**
 * Makes the ledger, the functions, the canonical tables and those of the project, and adds columns that are new. One
 * transaction under an advisory lock: safe to run twice, and from several processes at once. Whoever waits for a table
 * keeps its next readers waiting, so it is tried again and again, for a moment each.
 *
 * @throws UsageError before anything is made, if the session may only read, the database is not UTF8, a right is missing, or
 * a schema or table of ours is somebody else's; if the ledger is newer than this code, if a column changed its type or is no
 * longer declared, or if a table of the project changed its key
 * @throws LockedError if a table that gets a column is in use for as long as the budget, or if another session migrates or
 * makes views for two minutes
 */
export async function migrate(
  session: Session,
  { limits = lockWaitLimits, signal = new AbortController().signal }: MigrationWait = {},
): Promise<Migration> {
  let done: Migration = { applied: [], made: [], added: [] }
  await requireWritable(session)
  await retryUntilLocked(
    async ({ lockTimeout }) => {
      done = await underMigrationLock(session, () => migrateLocked(session, lockTimeout))
    },
    { session, limits, signal, subject: 'a table to be migrated', schema: 'store' },
  )
  return done
}

async function migrateLocked(session: Session, lockTimeout: string): Promise<Migration> {
  await requireVersion(session)
  await requireFitness(session)
  const foreign = await foreignObjects(session)
  if (foreign !== undefined) throw obstacleError(foreign)
  await requireRights(session)
  await session.query(`select set_config('lock_timeout', $1, true)`, [lockTimeout])
  // The functions call each other and are made in the order of their names.
  await session.query('set local check_function_bodies = off')
  const state = await schemaState(session)
  refuseNewer(state?.version)
  const applied = ledgerFiles().filter(path => Number(/(\d{4})_/.exec(path)?.[1]) > (state?.version ?? 0))
  for (const path of applied) await makeFrom(session, path)
  // The ledger knows by now what is ours; whatever is refused from here on takes it back.
  const tables = allContracts().map(contract => contract.table)
  await requireMade(session, 'store', tables)
  for (const path of [...listSql('sql/functions'), ...listSql('sql/store')]) await makeFrom(session, path)
  const made: string[] = []
  const added: string[] = []
  for (const contract of allContracts()) {
    if (isOwnTable(contract.table) && (await makeOwnTable(session, contract))) made.push(contract.table)
    added.push(...(await alignTable(session, contract)))
  }
  await noteMade(session, 'store', tables)
  await session.query(readSql('sql/statements/ledger/set_schema_state.sql'), [ledgerVersion(), schemaFingerprint()])
  return { applied, made, added }
}

/** A relation, function or type of that name is there, or a function with another result. */
const alreadyThere: readonly string[] = ['42P07', '42723', '42710', '42P13']

async function makeFrom(session: Session, path: string): Promise<void> {
  try {
    await session.query(readSql(path))
  } catch (error) {
    const code = errorCode(error) ?? ''
    if (!alreadyThere.includes(code) || !(error instanceof Error)) throw error
    throw obstacleError({
      // It speaks of a name alone.
      found: `${path} makes what is there already, and Caseload has not made it: ${error.message} (SQLSTATE ${code})`,
      remedy: 'move it out of the schemas of Caseload, or rename it',
    })
  }
}

async function requireRights(session: Session): Promise<void> {
  const { rows } = await session.query<Acting>(
    'select session_user::text as login, current_user::text as role, current_database()::text as database',
  )
  const [acting] = rows
  if (acting === undefined) return
  const [obstacle] = createObstacles(await lookUpCreateRights(session), acting)
  if (obstacle !== undefined) throw obstacleError(obstacle)
}

const oldestVersion = 150_000

async function requireVersion(session: Session): Promise<void> {
  const found = await session.query<{ number: string; name: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as name`,
  )
  const [version] = found.rows
  if (Number(version?.number) >= oldestVersion) return
  throw new UsageError(
    `Caseload needs PostgreSQL 15 or newer; this server is ${version?.name ?? 'of an unknown version'}.`,
  )
}

async function schemaState(session: Session): Promise<{ version: number; fingerprint: string } | undefined> {
  if (!(await hasLedger(session))) return undefined
  const state = await session.query<{ version: number; fingerprint: string }>(
    'select version, fingerprint from caseload.schema_state',
  )
  return state.rows[0]
}

function refuseNewer(version: number | undefined): void {
  if (version === undefined || version <= ledgerVersion()) return
  throw new UsageError(
    `The database's ledger has version ${version}, this Caseload knows ${ledgerVersion()}. Install the newer Caseload.`,
  )
}

function declaredTypes(contract: Contract): ReadonlyMap<string, string> {
  const clinical = columnsOf(contract).map(column => [column.name, postgresType(column.type)] as const)
  return new Map([...clinical, ['source', 'text'], ['batch_date', 'date']])
}

/** Adds what is new to the table (its leaves follow), to kept versions and to staged leaves; refuses everything else. */
async function alignTable(session: Session, contract: Contract): Promise<readonly string[]> {
  const { table } = contract
  const found = await session.query<{ name: string; type: string }>(readSql('sql/statements/ledger/table_columns.sql'), [
    table,
  ])
  const there = new Map(found.rows.map(row => [row.name, row.type]))
  const declared = declaredTypes(contract)
  for (const [name, type] of there) {
    const wanted = declared.get(name)
    if (wanted === undefined) {
      throw new UsageError(
        `store.${table} has a column ${name} that its contract does not declare. Declare it again (if a project's tables/ ` +
          `declares it, call caseload in that project), or, if its values may go, drop it: alter table store.${quoteIdent(table)} drop column ${quoteIdent(name)}; then migrate again.`,
      )
    }
    if (wanted !== type) {
      throw new UsageError(
        `store.${table}.${name} is ${type} in the database and ${wanted} in its contract. A type is not changed in place: ` +
          'add a column of another name and reload the batches, or bring the contract back.',
      )
    }
  }
  const missing = columnsOf(contract).filter(column => !there.has(column.name))
  for (const column of missing) await addColumn(session, table, column)
  return missing.map(column => `${table}.${column.name}`)
}

/** The parent first: its lock waits for runs that are staging, and only then is it known which leaves there are. */
async function addColumn(session: Session, table: string, column: ContractColumn): Promise<void> {
  if (!column.nullable) {
    throw new UsageError(
      `${table}.${column.name} is new and required, but rows without it are stored already. Declare it nullable.`,
    )
  }
  const definition = `add column ${quoteIdent(column.name)} ${postgresType(column.type)}`
  await alterParent(session, table, definition)
  const detached = await session.query<{ schema: string; name: string }>(
    readSql('sql/statements/ledger/detached_leaves.sql'),
    [table],
  )
  for (const { schema, name } of detached.rows) {
    await session.query(`alter table ${quoteIdent(schema)}.${quoteIdent(name)} ${definition}`)
  }
}

/** A lock that was not had in time says of which table, so that its holders can be named. */
async function alterParent(session: Session, table: string, definition: string): Promise<void> {
  try {
    await session.query(`alter table store.${quoteIdent(table)} ${definition}`)
  } catch (error) {
    if (errorCode(error) === lockNotAvailable) nameTable(error, table)
    throw error
  }
}
