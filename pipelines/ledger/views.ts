import { allContracts } from '../contract/tables/contracts.ts'
import { keepAccess } from './access/plan-access.ts'
import { dropCareViews, keepCareViews } from './access/row-rights.ts'
import { viewComments, writeComments } from './comments.ts'
import { describeViews } from './describe-views.ts'
import { querySingleStatement } from '../platform/single-statement.ts'
import { fileOf, listViews, type View } from './list-views.ts'
import { underMigrationLock } from './migration-lock.ts'
import { orphansView, readsOwnTables } from './own-orphans.ts'
import { noteMade, requireMade } from './ownership.ts'
import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { describeServerError, errorCode, insufficientPrivilege } from '../platform/server-error.ts'
import { type LockWaitLimits, lockWaitLimits, retryUntilLocked } from '../platform/lock-wait.ts'
import { quoteIdent, readSql } from '../platform/sql.ts'
import { userPath } from '../platform/user-path.ts'

/** The views that the database lacks, and `orphans` if it was made before a table of the project that it lists. */
export async function missingViews(session: Session, views: readonly View[] = listViews()): Promise<readonly string[]> {
  const there = await session.query<{ name: string }>(readSql('sql/statements/ledger/clinical_views.sql'))
  const names = new Set(there.rows.map(row => row.name))
  const missing = views.map(view => view.name).filter(name => !names.has(name))
  const lists = views.some(view => view.name === orphansView) && names.has(orphansView)
  return lists && !(await readsOwnTables(session)) ? [...missing, orphansView] : missing
}

/** How the change of the views waits for their readers. */
export interface CreateViewsOptions {
  readonly limits?: LockWaitLimits
  /** Checked before every attempt. */
  readonly signal?: AbortSignal
}

/** Autovacuum never holds a view, so no attempt needs to be longer than a usual one. */
export const viewLimits: LockWaitLimits = { ...lockWaitLimits, everyTenthMs: lockWaitLimits.lockTimeoutMs }

/**
 * Makes all views and writes their descriptions as comments, in one transaction. Replaces them; where a view changed its columns, drops all of Caseload's views and
 * makes them again with the grants they had. PostgreSQL cannot replace a view while a query reads it, and a wait for its lock
 * makes the next readers wait: so this makes many short attempts.
 *
 * @throws UsageError naming a user's view that reads one of Caseload's and prevents the change, or an object that has the
 * name of one of Caseload's views and that Caseload has not made
 * @throws LockedError if readers hold the views, or another session migrates, for longer than the budget; then nothing is
 * changed
 */
export async function createViews(
  session: Session,
  views: readonly View[] = listViews(),
  { limits = viewLimits, signal = new AbortController().signal }: CreateViewsOptions = {},
): Promise<readonly string[]> {
  await retryUntilLocked(
    ({ lockTimeout }) =>
      underMigrationLock(
        session,
        async () => {
          await session.query(`select set_config('lock_timeout', $1, true)`, [lockTimeout])
          // A view of the project need not name the schemas that it reads.
          const { path } = await userPath(session)
          await session.query(`select set_config('search_path', $1, true)`, [path])
          const names = views.map(view => view.name)
          await requireMade(session, 'clinical', names)
          await replaceViews(session, views)
          await noteMade(session, 'clinical', names)
          // The statements of Caseload must never find an object that another role has made.
          await session.query('set local search_path = pg_catalog, pg_temp')
          await writeComments(session, viewComments(describeViews(views, allContracts())))
          await keepCareViews(session)
          await keepAccess(session)
        },
        limits.budgetMs,
      ),
    { session, limits, signal, subject: 'the views of schema clinical', schema: 'clinical' },
  )
  return views.map(view => view.name)
}

const cannotReplace = '42P16'

async function replaceViews(session: Session, views: readonly View[]): Promise<void> {
  await session.query('savepoint replace')
  try {
    for (const view of views) await makeView(session, view)
  } catch (error) {
    if (errorCode(error) !== cannotReplace) throw error
    await session.query('rollback to savepoint replace')
    await dropAndCreate(session, views)
  }
}

/**
 * Makes one view. The error names the file. The server's message about syntax and names (class 42) holds no data and helps the
 * author, so the error repeats it; for a value (class 22) and for what the server cannot do (0A) it gives the code alone.
 */
async function makeView(session: Session, view: View): Promise<void> {
  try {
    await querySingleStatement(session, view.sql)
  } catch (error) {
    const code = errorCode(error)
    // A missing right is no fault of the view.
    if (
      code === cannotReplace ||
      code === insufficientPrivilege ||
      !/^(?:42|22|0A)/.test(code ?? '') ||
      !(error instanceof Error)
    )
      throw error
    const said = describeServerError(error)
    const words = code?.startsWith('42') === true ? `${error.message} (${said})` : said
    throw new UsageError(`${fileOf(view)} is not a valid view of this database: ${words}.`)
  }
}

async function dropAndCreate(session: Session, views: readonly View[]): Promise<void> {
  const names = views.map(view => view.name)
  await dropCareViews(session)
  await refuseDependents(session, names)
  const grants = await session.query<{ statement: string }>(readSql('sql/statements/ledger/view_grants.sql'), [names])
  for (const view of [...views].reverse()) {
    await session.query(`drop view if exists clinical.${quoteIdent(view.name)}`)
  }
  for (const view of views) await makeView(session, view)
  for (const { statement } of grants.rows) await session.query(statement)
}

async function refuseDependents(session: Session, names: readonly string[]): Promise<void> {
  const found = await session.query<{ dependent: string; view: string }>(
    readSql('sql/statements/ledger/view_dependents.sql'),
    [names],
  )
  if (found.rows.length === 0) return
  const list = found.rows.map(row => `${row.dependent} (reads clinical.${row.view})`).join(', ')
  throw new UsageError(
    `Your own views read views that changed their columns: ${list}. Save their definition (pg_get_viewdef), drop them, ` +
      'run caseload views, and create them again.',
  )
}
