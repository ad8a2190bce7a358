import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../platform/errors.ts'
import { querySingleStatement } from '../platform/single-statement.ts'
import { underMigrationLock } from './migration-lock.ts'
import { orphansView, readsOwnTables, withOwnTables } from './own-orphans.ts'
import { noteMade, requireMade } from './ownership.ts'
import { describeServerError, errorCode, type Session } from '../platform/postgres.ts'
import { currentProject } from '../contract/current-project.ts'
import { type LockWaitLimits, lockWaitLimits, retryUntilLocked } from '../platform/lock-wait.ts'
import { packageRoot, quoteIdent, readSql } from '../platform/sql.ts'
import { statementsOf, withoutComments } from '../platform/sql-text.ts'
import { readTextFile } from '../platform/text-file.ts'
import { userPath } from '../platform/user-path.ts'

/** A view of schema `clinical`, shipped or of the project. */
export interface View {
  readonly name: string
  readonly sql: string
  /** For a person, such as `views/models/lace.sql`; undefined for a view without a file. */
  readonly file?: string
}

const cannotReplace = '42P16'

const modelColumns = [
  'model',
  'version',
  'outcome',
  'source',
  'patient_id',
  'person_id',
  'visit_id',
  'as_of',
  'discharged_on',
  'points',
  'least_points',
  'parts',
  'missing',
  'complete',
  'band',
  'probability',
]

/**
 * The shipped views and those of the project, each after those that it reads: a file each, and `risk_models`, the union of
 * all models.
 *
 * @param folder path of the shipped ones under the package root; each file of its folder `models` is one model of
 * `readmission_risk`, and so is each in the project's `views/models`
 * @throws UsageError naming a file that is named like no view, or one of the project that is not one statement which makes
 * the view of its own name, or takes a shipped one's
 */
export function listViews(folder = 'views'): readonly View[] {
  return viewsWith(ownViews(), folder)
}

/**
 * The shipped views alone, as `listViews` orders them: what can be made whatever is wrong in the project's.
 *
 * @param folder path of the shipped ones under the package root
 */
export function shippedViews(folder = 'views'): readonly View[] {
  return viewsWith({ views: [], models: [] }, folder)
}

function viewsWith(own: OwnViews, folder: string): readonly View[] {
  const models = viewsIn(join(packageRoot, folder, 'models'), 'views/models')
  const files = viewsIn(join(packageRoot, folder), 'views')
  const shipped = [
    ...files.map(view => (view.name === orphansView ? { ...view, sql: withOwnTables(view.sql) } : view)),
    ...models,
  ]
  const taken = [...own.views, ...own.models].find(view => shipped.some(other => other.name === view.name))
  if (taken !== undefined) throw new UsageError(`${fileOf(taken)}: ${isShipped}`)
  const all = [...models, ...own.models]
  return inOrder([...shipped, ...own.views, ...own.models, unionOf(unionName, all)])
}

const unionName = 'risk_models'
const isShipped = 'a view of that name is shipped. Give yours another name; it may read the shipped one.'

interface OwnViews {
  readonly views: readonly View[]
  readonly models: readonly View[]
}

function ownViews(): OwnViews {
  const folder = currentProject()?.views
  if (folder === undefined || !existsSync(folder)) return { views: [], models: [] }
  const models = join(folder, 'models')
  const found = {
    views: viewsIn(folder, 'views'),
    models: existsSync(models) ? viewsIn(models, 'views/models') : [],
  }
  const all = [...found.views, ...found.models]
  for (const view of all) requireOwn(view, all)
  return found
}

function requireOwn(view: View, all: readonly View[]): void {
  const { name, sql } = view
  if (name === unionName) throw new UsageError(`${fileOf(view)}: ${isShipped}`)
  const other = all.find(one => one !== view && one.name === name)
  if (other !== undefined) throw new UsageError(`${fileOf(view)} and ${fileOf(other)} make one view. Remove one.`)
  const [only, ...more] = statementsOf(sql)
  const begins = new RegExp(`^\\s*create\\s+or\\s+replace\\s+view\\s+clinical\\s*\\.\\s*"?${name}"?\\s`, 'i')
  if (only !== undefined && more.length === 0 && begins.test(withoutComments(only))) return
  const holds = more.length > 0 ? `; it holds ${more.length + 1} statements` : ''
  throw new UsageError(
    `${fileOf(view)} must be one statement that begins "create or replace view clinical.${name} as"${holds}.`,
  )
}

const fileOf = ({ name, file }: View): string => file ?? `views/${name}.sql`

/** @throws UsageError naming a SQL file that is named like no view: it would be passed over without a word */
function viewsIn(folder: string, shown: string): readonly View[] {
  const files = readdirSync(folder).filter(file => /\.sql$/i.test(file))
  for (const file of files) {
    // PostgreSQL keeps 63 bytes of a name.
    if (/^[a-z][a-z0-9_]{0,62}\.sql$/.test(file)) continue
    throw new UsageError(
      `${shown}/${file} is named like no view: expected <view>.sql in lower-case letters, digits and underscores, a letter ` +
        'first and at most 63 of them. Rename it, and the view in it, or take it out of the folder.',
    )
  }
  return files.sort().map(file => ({
    name: file.slice(0, -'.sql'.length),
    sql: readTextFile(join(folder, file)),
    file: `${shown}/${file}`,
  }))
}

function unionOf(name: string, models: readonly View[]): View {
  const columns = modelColumns.map(quoteIdent).join(', ')
  const selects = models.map(model => `select ${columns} from clinical.${quoteIdent(model.name)}`)
  return { name, sql: `create or replace view clinical.${quoteIdent(name)} as ${selects.join(' union all ')}` }
}

function inOrder(views: readonly View[]): readonly View[] {
  const ordered: View[] = []
  const code = new Map(views.map(view => [view, withoutComments(view.sql)]))
  const visit = (view: View, path: readonly string[]): void => {
    if (path.includes(view.name)) {
      throw new UsageError(
        `Views read each other in a circle: ${[...path, view.name].join(' > ')}. Take one of them out.`,
      )
    }
    if (ordered.includes(view)) return
    for (const other of views) {
      const reads = new RegExp(`\\bclinical"?\\s*\\.\\s*"?${other.name}\\b`, 'i').test(code.get(view) ?? '')
      if (reads && other !== view) visit(other, [...path, view.name])
    }
    ordered.push(view)
  }
  for (const view of views) visit(view, [])
  return ordered
}

/** The views that the database lacks, and `orphans` if it was made before a table of the project that it lists. */
export async function missingViews(session: Session, views: readonly View[] = listViews()): Promise<readonly string[]> {
  const there = await session.query<{ name: string }>(readSql('sql/statements/ledger/clinical_views.sql'))
  const names = new Set(there.rows.map(row => row.name))
  const missing = views.map(view => view.name).filter(name => !names.has(name))
  const lists = views.some(view => view.name === orphansView) && names.has(orphansView)
  return lists && !(await readsOwnTables(session)) ? [...missing, orphansView] : missing
}

/** How the views are waited for. */
export interface ViewsWait {
  readonly limits?: LockWaitLimits
  /** Looked at before every try. */
  readonly signal?: AbortSignal
}

/** No autovacuum holds a view, so that no try need be longer than a usual one. */
export const viewLimits: LockWaitLimits = { ...lockWaitLimits, everyTenthMs: lockWaitLimits.lockTimeoutMs }

/**
 * Makes all views, in one transaction. Replaces them; where a view changed its columns, drops all of ours and
 * makes them again with the grants they had. A view that is read cannot be replaced, and whoever waits for that keeps the
 * next readers waiting: it is tried again and again, for a moment each.
 *
 * @throws UsageError naming a view of the user's own that reads one of ours and stands in the way, or an object of one of our
 * names that Caseload has not made
 * @throws LockedError if readers do not give way, or another session migrates, for as long as the budget; then nothing is
 * changed
 */
export async function createViews(
  session: Session,
  views: readonly View[] = listViews(),
  { limits = viewLimits, signal = new AbortController().signal }: ViewsWait = {},
): Promise<readonly string[]> {
  await retryUntilLocked(
    ({ lockTimeout }) =>
      underMigrationLock(
        session,
        async () => {
          await session.query(`select set_config('lock_timeout', $1, true)`, [lockTimeout])
          // A view of the project may leave out the schemas that it reads.
          const { path } = await userPath(session)
          await session.query(`select set_config('search_path', $1, true)`, [path])
          const names = views.map(view => view.name)
          await requireMade(session, 'clinical', names)
          await replaceViews(session, views)
          await noteMade(session, 'clinical', names)
        },
        limits.budgetMs,
      ),
    { session, limits, signal, subject: 'the views of schema clinical', schema: 'clinical' },
  )
  return views.map(view => view.name)
}

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
 * What the server says of a definition (class 42) speaks of names and syntax alone, and helps whoever wrote it; of a value
 * in it (class 22), or what the server cannot do (0A), the code is said.
 */
async function makeView(session: Session, view: View): Promise<void> {
  try {
    await querySingleStatement(session, view.sql)
  } catch (error) {
    const code = errorCode(error)
    if (code === cannotReplace || !/^(?:42|22|0A)/.test(code ?? '') || !(error instanceof Error)) throw error
    const said = describeServerError(error)
    const words = code?.startsWith('42') === true ? `${error.message} (${said})` : said
    throw new UsageError(`${fileOf(view)} is no view over what there is: ${words}.`)
  }
}

async function dropAndCreate(session: Session, views: readonly View[]): Promise<void> {
  const names = views.map(view => view.name)
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
    `Views of your own read views that changed their columns: ${list}. Save their definition (pg_get_viewdef), drop them, ` +
      'run caseload views, and make them again.',
  )
}
