import { createHash } from 'node:crypto'
import { fileOf, type View } from '../ledger/list-views.ts'
import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { type MartHeader, martHeader, type MartKind } from './mart-header.ts'
import { relationsIn } from './relations.ts'

/** A view of schema clinical, as the database has it. */
export interface ViewDefinition {
  readonly name: string
  /** A query with every name qualified. */
  readonly definition: string
  readonly columns: readonly string[]
}

/** A table of schema mart that holds the rows of a view. */
export interface Mart extends ViewDefinition, MartHeader {
  /** A hash over everything that the rows are computed by. */
  readonly hash: string
}

/** Everything that marts are computed by. */
export interface MartModel {
  /** Each after those that it reads; those by patient and hour first. */
  readonly marts: readonly Mart[]
  /** Views without a mart that read marts alone: schema mart has them as views. In order. */
  readonly views: readonly ViewDefinition[]
  readonly definitions: ReadonlyMap<string, ViewDefinition>
  /** Tables of schema store with their columns. */
  readonly store: ReadonlyMap<string, readonly string[]>
}

/**
 * Reads which marts there are from the headers of the views' files, and what they are computed by from the views of the
 * database: a mart equals its live view whatever version of the code asks.
 *
 * @param views each after those that it reads, as `listViews` orders them
 * @throws UsageError for a header that is wrong, and for a mart without the columns that its kind needs
 */
export async function readModel(session: Session, views: readonly View[]): Promise<MartModel> {
  const found = await session.query<ViewDefinition>(readSql('sql/statements/marts/clinical_definitions.sql'))
  const definitions = new Map(found.rows.map(row => [row.name, row] as const))
  const tables = await session.query<{ name: string; columns: readonly string[] }>(
    readSql('sql/statements/marts/store_columns.sql'),
  )
  const store = new Map(tables.rows.map(row => [row.name, row.columns] as const))
  const headed = views.flatMap(view => {
    const header = martHeader(view.sql, fileOf(view))
    const definition = definitions.get(view.name)
    return header === undefined || definition === undefined ? [] : [{ view, header, definition }]
  })
  const marts = headed.map(({ view, header, definition }): Mart => {
    requireColumns(view, header.kind, definition)
    return { ...definition, ...header, hash: hashOf(definition, header, definitions) }
  })
  const place = (mart: Mart): number => (mart.kind === 'patient' || mart.kind === 'hour' ? 0 : 1)
  const ordered = [...marts.filter(mart => place(mart) === 0), ...marts.filter(mart => place(mart) === 1)]
  requireOrder(ordered, definitions)
  return { marts: ordered, views: overMarts(views, ordered, definitions), definitions, store }
}

const needed: Readonly<Record<MartKind, readonly string[]>> = {
  patient: ['source', 'patient_id'],
  person: ['person_id'],
  hour: ['source', 'patient_id', 'hour'],
  whole: [],
}

function requireColumns(view: View, kind: MartKind, { columns }: ViewDefinition): void {
  const missing = needed[kind].filter(name => !columns.includes(name))
  if (missing.length === 0) return
  throw new UsageError(
    `${fileOf(view)}: expected the columns ${needed[kind].join(', ')}, because of its line "-- materialized:"; ` +
      `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
  )
}

/** @throws UsageError for a mart by patient that reads one by person or a whole one: those are computed after it */
function requireOrder(marts: readonly Mart[], definitions: ReadonlyMap<string, ViewDefinition>): void {
  const kinds = new Map(marts.map(mart => [mart.name, mart.kind] as const))
  for (const mart of marts) {
    if (mart.kind !== 'patient' && mart.kind !== 'hour') continue
    for (const name of allRead(mart, definitions)) {
      const kind = kinds.get(name)
      if (kind === undefined || kind === 'patient' || kind === 'hour') continue
      throw new UsageError(
        `The view ${mart.name} is materialized by patient and reads ${name}, which is materialized ${kind === 'whole' ? 'whole' : 'by person'}. ` +
          `Materialize ${mart.name} by person or whole.`,
      )
    }
  }
}

/** The clinical views that a view reads, also through others. */
function allRead(view: ViewDefinition, definitions: ReadonlyMap<string, ViewDefinition>): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (one: ViewDefinition): void => {
    for (const { schema, name } of relationsIn(one.definition)) {
      const next = schema === 'clinical' ? definitions.get(name) : undefined
      if (next === undefined || found.has(name)) continue
      found.add(name)
      visit(next)
    }
  }
  visit(view)
  return found
}

function hashOf(
  view: ViewDefinition,
  { kind, indexes }: MartHeader,
  definitions: ReadonlyMap<string, ViewDefinition>,
): string {
  const read = [...allRead(view, definitions)].sort().map(name => [name, definitions.get(name)?.definition])
  const all = [kind, indexes, view.columns, view.definition, read]
  return createHash('sha256').update(JSON.stringify(all)).digest('hex')
}

function overMarts(
  views: readonly View[],
  marts: readonly Mart[],
  definitions: ReadonlyMap<string, ViewDefinition>,
): readonly ViewDefinition[] {
  const known = new Set(marts.map(mart => mart.name))
  return views.flatMap(({ name }) => {
    const view = definitions.get(name)
    if (view === undefined || known.has(name)) return []
    const reads = relationsIn(view.definition)
    if (reads.length === 0 || !reads.every(one => one.schema === 'clinical' && known.has(one.name))) return []
    known.add(name)
    return [view]
  })
}
