import { keepAccess } from '../ledger/access/plan-access.ts'
import { keepRowSecurity } from '../ledger/access/row-rights.ts'
import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { errorCode } from '../platform/server-error.ts'
import { quoteIdent, readSql } from '../platform/sql.ts'
import type { Mart, MartModel, NotedMart, ViewDefinition } from './definitions.ts'
import { replaceRelations } from './relations.ts'

/** True if this database has marts. */
export async function hasMarts(session: Session): Promise<boolean> {
  const made = await session.query<{ there: boolean }>(
    `select to_regclass('caseload.mart_state') is not null and to_regnamespace('mart') is not null as there`,
  )
  if (made.rows[0]?.there !== true) return false
  return (await session.query('select from caseload.mart_state')).rowCount === 1
}

/**
 * Makes the schema of the marts.
 *
 * @throws UsageError if it is there and Caseload has not made it
 */
export async function makeSchema(session: Session): Promise<void> {
  const found = await session.query(`select from pg_catalog.pg_namespace where nspname = 'mart'`)
  if (found.rowCount !== 0) {
    throw new UsageError(
      'Expected no schema of the name mart, found one that Caseload has not made. Nothing was changed. Rename it, or use another ' +
        'database for Caseload.',
    )
  }
  // The state is left over if a user dropped the schema.
  await session.query(readSql('sql/statements/marts/forget.sql'))
  await session.query('create schema mart')
  await session.query('insert into caseload.mart_state default values')
}

/** A mart that the database has. */
export interface MadeMart extends NotedMart {
  /** The hash of what it was computed by. */
  readonly definition: string
  /** False if a user dropped its table. */
  readonly is_there: boolean
}

/** The marts that the database has, as the last refresh noted them. */
export async function notedMarts(session: Session): Promise<readonly MadeMart[]> {
  const found = await session.query<MadeMart>(
    `select mart, kind, month_of as "monthOf", indexes, definition, to_regclass(format('mart.%I', mart)) is not null as is_there
     from caseload.marts`,
  )
  return found.rows
}

/** The marts that are made from other definitions than the live views have now, or whose table is gone. */
export function outdatedMarts({ marts }: MartModel, noted: readonly MadeMart[]): readonly string[] {
  const made = new Map(noted.map(one => [one.mart, one.is_there ? one.definition : undefined] as const))
  return marts.filter(mart => made.get(mart.name) !== mart.hash).map(mart => mart.name)
}

/**
 * Makes the tables and views of schema mart that are absent or were made from other definitions, and removes those without a
 * view.
 *
 * @returns the names of the marts that are new or changed: they are empty, or hold rows of an old definition
 * @throws UsageError if a table that must be made again has readers: views of the user
 */
export async function makeMarts(
  session: Session,
  model: MartModel,
  noted: readonly MadeMart[],
): Promise<ReadonlySet<string>> {
  const before = new Map(noted.map(row => [row.mart, row.definition] as const))
  const wanted = new Map(model.marts.map(mart => [mart.name, mart] as const))
  const changed = new Set(outdatedMarts(model, noted))
  const gone = [...before.keys()].filter(name => !wanted.has(name))
  if (changed.size === 0 && gone.length === 0) return changed
  const grants = await dropViews(session, model)
  for (const name of gone) await dropRelation(session, name)
  for (const mart of model.marts) if (changed.has(mart.name)) await makeTable(session, mart)
  for (const view of model.views) await makeView(session, view)
  for (const statement of grants) await session.query(statement)
  await session.query(readSql('sql/statements/marts/make_freshness.sql'))
  const names = [...model.marts, ...model.views].map(one => one.name)
  const comments = await session.query<{ statement: string }>(readSql('sql/statements/marts/mart_comments.sql'), [
    names,
  ])
  for (const { statement } of comments.rows) await session.query(statement)
  await keepRowSecurity(session)
  await keepAccess(session)
  await session.query('delete from caseload.marts')
  for (const { name, kind, monthOf, indexes, hash } of model.marts) {
    await session.query(readSql('sql/statements/marts/add_mart.sql'), [
      name,
      kind,
      monthOf,
      JSON.stringify(indexes),
      hash,
    ])
  }
  return changed
}

/** What a refresh finds a row by. */
const ownIndexes: Readonly<Record<Mart['kind'], readonly string[]>> = {
  patient: ['patient_id, source'],
  visit: ['patient_id, source', 'visit_id, source'],
  hour: ['patient_id, source, hour'],
  source: ['source'],
  month: ['source, month'],
  person: ['person_id'],
  whole: [],
}

/** A table whose columns stay keeps its rows, and the views of users that read it. */
async function makeTable(session: Session, { name, kind, indexes }: Mart): Promise<void> {
  const table = `mart.${quoteIdent(name)}`
  if (!(await hasColumnsOfLiveView(session, name, 'r'))) {
    const grants = await grantsOn(session, name)
    await dropRelation(session, name)
    await session.query(`create table ${table} as select * from clinical.${quoteIdent(name)} with no data`)
    await session.query('select caseload.distribute_mart($1)', [name])
    for (const statement of grants) await session.query(statement)
  }
  const old = await session.query<{ name: string }>(readSql('sql/statements/marts/mart_indexes.sql'), [name])
  for (const index of old.rows) await session.query(`drop index mart.${quoteIdent(index.name)}`)
  for (const index of [...ownIndexes[kind], ...indexes]) {
    const list = index.split(',').map(column => quoteIdent(column.trim()))
    await session.query(`create index on ${table} (${list.join(', ')})`)
  }
}

/**
 * Drops the views of schema mart if a table or a view has to be made again, because they read it.
 *
 * @returns the grants on them, as statements
 */
async function dropViews(session: Session, { marts, views }: MartModel): Promise<readonly string[]> {
  let isSame = true
  for (const { name } of marts) isSame &&= await hasColumnsOfLiveView(session, name, 'r')
  for (const { name } of views) isSame &&= await hasColumnsOfLiveView(session, name, 'v')
  if (isSame) return []
  const grants: string[] = []
  for (const { name } of [...views].reverse()) {
    grants.push(...(await grantsOn(session, name)))
    await dropRelation(session, name)
  }
  return grants
}

async function makeView(session: Session, { name, definition }: ViewDefinition): Promise<void> {
  const query = replaceRelations(definition, relation => `mart.${quoteIdent(relation.name)}`)
  await session.query(`create or replace view mart.${quoteIdent(name)} as ${query}`)
}

async function grantsOn(session: Session, name: string): Promise<readonly string[]> {
  const found = await session.query<{ statement: string }>(readSql('sql/statements/marts/mart_grants.sql'), [name])
  return found.rows.map(row => row.statement)
}

/** Whether a mart is there, as a table or as a view, with the columns of its live view. */
async function hasColumnsOfLiveView(session: Session, name: string, kind: 'r' | 'v'): Promise<boolean> {
  const shapeOf = async (schema: string): Promise<{ readonly kind: string; readonly columns: string } | undefined> => {
    const found = await session.query<{ kind: string; columns: string }>(
      readSql('sql/statements/marts/mart_columns.sql'),
      [schema, name],
    )
    return found.rows[0]
  }
  const [mart, live] = [await shapeOf('mart'), await shapeOf('clinical')]
  return mart?.kind === kind && mart.columns === live?.columns
}

/** SQLSTATE: other objects depend on one that is to be dropped. */
export const dependentObjects = '2BP01'

/** Drops a mart, a table or a view, if it is there. */
async function dropRelation(session: Session, name: string): Promise<void> {
  const found = await session.query<{ kind: string }>(
    `select relkind as kind from pg_catalog.pg_class where relnamespace = 'mart'::regnamespace and relname = $1`,
    [name],
  )
  const [relation] = found.rows
  if (relation === undefined) return
  try {
    await session.query(`drop ${relation.kind === 'v' ? 'view' : 'table'} mart.${quoteIdent(name)}`)
  } catch (error) {
    if (errorCode(error) !== dependentObjects) throw error
    throw new UsageError(
      `mart.${name} changed its columns, and objects of yours read it: ${dependentsIn(error)}. The marts stay as they are. Save ` +
        'their definition (pg_get_viewdef), drop them, call caseload marts refresh, and create them again.',
    )
  }
}

/** The objects that the server's refusal to drop a relation names, such as `view bi.drugs`. */
export function dependentsIn(error: unknown): string {
  const detail = error instanceof Error && 'detail' in error ? String(error.detail) : ''
  const names = detail.split('\n').flatMap(line => /^(.+) depends on /.exec(line)?.[1] ?? [])
  return names.length === 0 ? 'see pg_depend' : names.join(', ')
}
