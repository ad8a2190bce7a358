import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { currentProject } from '../contract/current-project.ts'
import { UsageError } from '../platform/errors.ts'
import { packageRoot, quoteIdent } from '../platform/sql.ts'
import { statementsOf, withoutComments } from '../platform/sql-text.ts'
import { readTextFile } from '../platform/text-file.ts'
import { orphansView, withOwnTables } from './own-orphans.ts'

/** A view of schema `clinical`: a shipped one, or one of the project. */
export interface View {
  readonly name: string
  readonly sql: string
  /** For messages, such as `views/models/lace.sql`; undefined for a view without a file. */
  readonly file?: string
}

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
 * The shipped views and those of the project, each after the views that it reads: one per file, and `risk_models`, the union
 * of all models.
 *
 * @param folder path of the shipped views under the package root; each file of its folder `models` is one model of
 * `readmission_risk`, and so is each file in the project's `views/models`
 * @throws UsageError naming a file whose name is not that of a view, or a file of the project that is not exactly one
 * statement which makes the view of its name, or that has the name of a shipped view
 */
export function listViews(folder = 'views'): readonly View[] {
  return viewsWith(ownViews(), folder)
}

/**
 * The shipped views alone, as `listViews` orders them: these can be made even if a view of the project is broken.
 *
 * @param folder path of the shipped views under the package root
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

/** The file of a view, for messages. */
export const fileOf = ({ name, file }: View): string => file ?? `views/${name}.sql`

/** @throws UsageError for a SQL file whose name is not that of a view: otherwise it would be skipped silently */
function viewsIn(folder: string, shown: string): readonly View[] {
  const files = readdirSync(folder).filter(file => /\.sql$/i.test(file))
  for (const file of files) {
    // PostgreSQL keeps 63 bytes of a name.
    if (/^[a-z][a-z0-9_]{0,62}\.sql$/.test(file)) continue
    throw new UsageError(
      `${shown}/${file} is not named after a view: expected <view>.sql in lower-case letters, digits and underscores, a letter ` +
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
  const header = '-- Grain: one row per model and stay that the model speaks of: all models of views/models/ together.'
  return {
    name,
    sql: `${header}\ncreate or replace view clinical.${quoteIdent(name)} as ${selects.join(' union all ')}`,
  }
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
