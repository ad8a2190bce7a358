import { allContracts, isOwnTable } from '../contract/tables/contracts.ts'
import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { errorCode } from '../platform/server-error.ts'
import { type LockWaitLimits, lockWaitLimits, retryUntilLocked } from '../platform/lock-wait.ts'
import { alignTable } from './align-table.ts'
import { type AccessPlan, keepAccess, planAccess } from './access/plan-access.ts'
import { memberOf, migrateFirst } from './access/acting.ts'
import { tableComments, viewComments, writeComments } from './comments.ts'
import { describeViews } from './describe-views.ts'
import { chooseLayout, rolesRefused } from './layout.ts'
import { listViews, shippedViews, type View } from './list-views.ts'
import { underMigrationLock } from './migration-lock.ts'
import { makeProjectTable } from './project-tables.ts'
import {
  foreignObjects,
  hasLedger,
  noteMade,
  obstacleError,
  requireFitness,
  requireMade,
  requireWritable,
} from './ownership.ts'
import { requireWriteRights } from './missing-rights.ts'
import { createObstacles, lookUpActing, lookUpCreateRights } from './schema-rights.ts'
import {
  isMigrated,
  ledgerFiles,
  ledgerVersion,
  listSql,
  refuseNewer,
  schemaFingerprint,
  schemaState,
  type TargetKind,
} from './schema-state.ts'
import { readSql } from '../platform/sql.ts'

/** What a migration did. */
export interface Migration {
  /** Ledger files applied, in order. */
  readonly applied: readonly string[]
  /** Tables of the project that were made. */
  readonly made: readonly string[]
  /** Columns added, as `table.column`. */
  readonly added: readonly string[]
}

/** How a migration waits for the sessions that use a table it changes. */
export interface MigrationOptions {
  readonly limits?: LockWaitLimits
  /** Checked before every attempt. */
  readonly signal?: AbortSignal
  /** The target that the user names; undefined for that of the database, a plain one if it is new. */
  readonly target?: TargetKind | undefined
}

/**
 * Migrates the database if it needs it. Every command that writes calls this once, before anything else. A member of the loader's or the
 * operator's role migrates nothing, and needs no right beyond those of its role.
 *
 * @throws UsageError if the role lacks a right that a run needs; UsageError and LockedError as {@link migrate} does
 */
export async function ensureMigrated(session: Session, options: MigrationOptions = {}): Promise<void> {
  const isThere = await hasLedger(session)
  const member = isThere ? await memberOf(session) : undefined
  if (member !== undefined) {
    if (!(await isMigrated(session))) throw migrateFirst(member)
    return
  }
  if (isThere) await requireWriteRights(session)
  if (!(await isMigrated(session))) await migrate(session, options)
}

/**
 * Makes the ledger, the functions, the canonical tables and those of the project, adds new columns, and writes the
 * descriptions of tables, views and columns as comments. One transaction under an advisory lock: safe to run twice, and from several processes at once. While a migration waits for a table, the
 * next readers of that table wait, too: so it makes many short attempts.
 *
 * @throws UsageError before anything is made, if the session may only read, the database is not UTF8, a right is missing, or
 * another application owns a schema or table of Caseload's names, or the database is made for another target; if the ledger is newer than this code, if a column changed
 * its type or is no longer declared, or if a table of the project changed its key
 * @throws LockedError if a table that gets a column is in use for as long as the budget, or if another session migrates or
 * makes views for two minutes
 */
export async function migrate(
  session: Session,
  { limits = lockWaitLimits, signal = new AbortController().signal, target }: MigrationOptions = {},
): Promise<Migration> {
  let done: Migration = { applied: [], made: [], added: [] }
  await requireWritable(session)
  await retryUntilLocked(
    async ({ lockTimeout }) => {
      done = await underMigrationLock(session, () => migrateLocked(session, lockTimeout, target))
    },
    { session, limits, signal, subject: 'a table to be migrated', schema: 'store' },
  )
  return done
}

/** What a migration would do, and what would give the database its roles. */
export interface MigrationPreview extends Migration {
  /** Undefined if no roles were asked for. */
  readonly access: AccessPlan | undefined
}

/** Rolls a preview back. */
class Previewed extends Error {}

/**
 * Does what {@link migrate} does, and rolls it back.
 *
 * @param roles the prefix of the roles that the migration is to make; undefined for the default, false for none
 * @throws what `migrate` throws
 */
export async function previewMigration(
  session: Session,
  roles: string | false | undefined,
  { limits = lockWaitLimits, signal = new AbortController().signal, target }: MigrationOptions = {},
): Promise<MigrationPreview> {
  let seen: MigrationPreview | undefined
  await requireWritable(session)
  await retryUntilLocked(
    async ({ lockTimeout }) => {
      try {
        await underMigrationLock(session, async () => {
          const done = await migrateLocked(session, lockTimeout, target)
          const access = roles === false ? undefined : await planAccess(session, roles, await rolesRefused(session))
          seen = { ...done, access }
          throw new Previewed()
        })
      } catch (error) {
        if (!(error instanceof Previewed)) throw error
      }
    },
    { session, limits, signal, subject: 'a table to be migrated', schema: 'store' },
  )
  if (seen === undefined) throw new Error('a preview that did not end has thrown')
  return seen
}

async function migrateLocked(
  session: Session,
  lockTimeout: string,
  target: TargetKind | undefined,
): Promise<Migration> {
  await requireVersion(session)
  await requireFitness(session)
  const foreign = await foreignObjects(session)
  if (foreign !== undefined) throw obstacleError(foreign)
  await requireRights(session)
  await session.query(`select set_config('lock_timeout', $1, true)`, [lockTimeout])
  // The functions call each other, and this makes them in the order of their names.
  await session.query('set local check_function_bodies = off')
  const state = await schemaState(session)
  refuseNewer(state)
  const layout = await chooseLayout(session, state, target)
  const applied = ledgerFiles().filter(path => Number(/(\d{4})_/.exec(path)?.[1]) > (state?.version ?? 0))
  for (const path of applied) await makeFrom(session, path, layout.messages(readSql(path)))
  // From here on the ledger knows which objects Caseload made. A refusal below rolls all of it back.
  const tables = allContracts().map(contract => contract.table)
  await requireMade(session, 'store', tables)
  for (const path of layout.functions) await makeFrom(session, path, layout.messages(readSql(path)))
  for (const path of listSql('sql/store')) await makeFrom(session, path, [layout.tableSql(readSql(path))])
  await session.query(readSql('sql/statements/access/close_owner_functions.sql'))
  const made: string[] = []
  const added: string[] = []
  for (const contract of allContracts()) {
    if (isOwnTable(contract.table) && (await makeProjectTable(session, contract, layout))) made.push(contract.table)
    added.push(...(await alignTable(session, contract)))
  }
  await noteMade(session, 'store', tables)
  if (layout.placement !== undefined) await session.query(readSql(layout.placement))
  const described = [...tableComments(allContracts()), ...viewComments(describeViews(soundViews(), allContracts()))]
  await writeComments(session, described)
  await session.query(readSql('sql/statements/ledger/set_schema_state.sql'), [
    ledgerVersion(),
    schemaFingerprint(),
    layout.target,
  ])
  await keepAccess(session)
  return { applied, made, added }
}

/** A view of the project that is wrong stops `caseload views`, never a migration. */
export function soundViews(): readonly View[] {
  try {
    return listViews()
  } catch (error) {
    if (error instanceof UsageError) return shippedViews()
    throw error
  }
}

/** SQLSTATEs: a relation, function or type of that name exists, or a function with another result. */
const alreadyThere: readonly string[] = ['42P07', '42723', '42710', '42P13']

async function makeFrom(session: Session, path: string, messages: readonly string[]): Promise<void> {
  try {
    for (const message of messages) await session.query(message)
  } catch (error) {
    const code = errorCode(error) ?? ''
    if (!alreadyThere.includes(code) || !(error instanceof Error)) throw error
    throw obstacleError({
      // The server's message holds a name and nothing else.
      found: `${path} makes an object that exists already and that Caseload has not made: ${error.message} (SQLSTATE ${code})`,
      remedy: 'move it out of the schemas of Caseload, or rename it',
    })
  }
}

async function requireRights(session: Session): Promise<void> {
  if (await hasLedger(session)) await requireWriteRights(session)
  const [obstacle] = createObstacles(await lookUpCreateRights(session), await lookUpActing(session))
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
