import { createHash } from 'node:crypto'
import { isDistributed } from '../ledger/layout.ts'
import { fileOf, type View } from '../ledger/list-views.ts'
import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { kindWords, type MartHeader, martHeader, type MartKind } from './mart-header.ts'
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
  /** True if a mart by visit reads it. */
  readonly isReadByVisit: boolean
}

/** Everything that marts are computed by. */
export interface MartModel {
  /** Each after those that it reads; those by patient and hour first, then those by source. */
  readonly marts: readonly Mart[]
  /** Views without a mart that read marts alone: schema mart has them as views. In order. */
  readonly views: readonly ViewDefinition[]
  readonly definitions: ReadonlyMap<string, ViewDefinition>
  /** True if a mart by source or person, or a whole one, reads tables of the store beside marts. */
  readonly othersReadStore: boolean
  /** True where the marts are distributed over machines. */
  readonly isDistributed: boolean
  /** Tables of schema store with their columns. */
  readonly store: ReadonlyMap<string, readonly string[]>
}

/** A mart of this database, as its last refresh noted it. */
export interface NotedMart extends MartHeader {
  readonly mart: string
}

/**
 * Reads which marts there are from the headers of the views' files, and what they are computed by from the views of the
 * database: a mart equals its live view whatever version of the code asks.
 *
 * @param views those of this installation
 * @param noted the marts that the database has: one of a view without a file here, as of another project, stays
 * @throws UsageError for a header that is wrong, and for a mart without the columns that its kind needs
 */
export async function readModel(
  session: Session,
  views: readonly View[],
  noted: readonly NotedMart[],
): Promise<MartModel> {
  const found = await session.query<ViewDefinition>(readSql('sql/statements/marts/clinical_definitions.sql'))
  const definitions = new Map(found.rows.map(row => [row.name, row] as const))
  const tables = await session.query<{ name: string; columns: readonly string[] }>(
    readSql('sql/statements/marts/store_columns.sql'),
  )
  const store = new Map(tables.rows.map(row => [row.name, row.columns] as const))
  const ofOthers = noted.filter(({ mart }) => views.every(view => view.name !== mart))
  const headers = [
    ...views.map(view => ({ name: view.name, shown: fileOf(view), header: martHeader(view.sql, fileOf(view)) })),
    ...ofOthers.map(header => ({ name: header.mart, shown: `The view ${header.mart}`, header })),
  ]
  const marts = headers.flatMap(({ name, shown, header }): readonly Mart[] => {
    const definition = definitions.get(name)
    if (header === undefined || definition === undefined) return []
    const { kind, indexes } = header
    requireColumns(shown, kind, definition)
    requireIndexed(shown, indexes, definition)
    return [{ ...definition, kind, indexes, hash: hashOf(definition, header, definitions), isReadByVisit: false }]
  })
  const readByVisit = new Set(marts.flatMap(mart => (mart.kind === 'visit' ? [...allRead(mart, definitions)] : [])))
  const ordered = inOrder(marts, definitions).map(mart => ({ ...mart, isReadByVisit: readByVisit.has(mart.name) }))
  requireOrder(ordered, definitions)
  const othersReadStore = ordered.some(mart => !isByPatient(mart) && readsStore(mart, ordered, definitions))
  return {
    marts: ordered,
    views: overMarts(ordered, definitions),
    definitions,
    othersReadStore,
    isDistributed: await isDistributed(session),
    store,
  }
}

const needed: Readonly<Record<MartKind, readonly string[]>> = {
  patient: ['source', 'patient_id'],
  visit: ['source', 'patient_id', 'visit_id'],
  source: ['source'],
  person: ['person_id'],
  hour: ['source', 'patient_id', 'hour'],
  whole: [],
}

function requireColumns(shown: string, kind: MartKind, { columns }: ViewDefinition): void {
  const missing = needed[kind].filter(name => !columns.includes(name))
  if (missing.length === 0) return
  throw new UsageError(
    `${shown}: expected the columns ${needed[kind].join(', ')}, because of its line "-- materialized:"; ` +
      `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
  )
}

function requireIndexed(shown: string, indexes: readonly string[], { columns }: ViewDefinition): void {
  const unknown = indexes
    .flatMap(index => index.split(',').map(name => name.trim()))
    .filter(name => !columns.includes(name))
  if (unknown.length === 0) return
  throw new UsageError(
    `${shown}: expected columns of the view after "-- index:", found ${unknown.join(', ')}. It has ${columns.join(', ')}.`,
  )
}

/** Each after those that it reads; those by patient and by hour, then those by source, before the others. */
function inOrder(marts: readonly Mart[], definitions: ReadonlyMap<string, ViewDefinition>): readonly Mart[] {
  const ordered: Mart[] = []
  const add = (mart: Mart): void => {
    if (ordered.includes(mart)) return
    const reads = allRead(mart, definitions)
    for (const other of marts) if (other !== mart && reads.has(other.name)) add(other)
    ordered.push(mart)
  }
  for (const mart of marts) add(mart)
  const [others, bySource] = [ordered.filter(mart => !isByPatient(mart)), ordered.filter(isBySource)]
  return [...ordered.filter(isByPatient), ...bySource, ...others.filter(mart => !isBySource(mart))]
}

/** True for a mart that is computed before those by person. */
export const isByPatient = ({ kind }: MartHeader): boolean => kind === 'patient' || kind === 'visit' || kind === 'hour'

const isBySource = ({ kind }: MartHeader): boolean => kind === 'source'

/** What a mart by patient, visit, hour or source may read: the others are computed after it. */
const before: Readonly<Record<MartKind, readonly MartKind[] | undefined>> = {
  patient: ['patient', 'visit', 'hour'],
  visit: ['patient', 'visit'],
  hour: ['patient', 'visit', 'hour'],
  source: ['patient', 'visit', 'hour', 'source'],
  person: undefined,
  whole: undefined,
}

/** @throws UsageError for a mart that reads one which is computed after it */
function requireOrder(marts: readonly Mart[], definitions: ReadonlyMap<string, ViewDefinition>): void {
  const kinds = new Map(marts.map(mart => [mart.name, mart.kind] as const))
  for (const mart of marts) {
    const allowed = before[mart.kind]
    if (allowed === undefined) continue
    for (const name of allRead(mart, definitions)) {
      const kind = kinds.get(name)
      if (kind === undefined || allowed.includes(kind)) continue
      throw new UsageError(
        `The view ${mart.name} is materialized ${kindWords[mart.kind]} and reads ${name}, which is materialized ` +
          `${kindWords[kind]}. Materialize ${mart.name} by person or whole.`,
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

function readsStore(
  view: ViewDefinition,
  marts: readonly Mart[],
  definitions: ReadonlyMap<string, ViewDefinition>,
): boolean {
  return relationsIn(view.definition).some(({ schema, name }) => {
    const next = definitions.get(name)
    if (schema !== 'clinical' || next === undefined) return schema === 'store'
    return marts.every(mart => mart.name !== name) && readsStore(next, marts, definitions)
  })
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
  marts: readonly Mart[],
  definitions: ReadonlyMap<string, ViewDefinition>,
): readonly ViewDefinition[] {
  const known = new Set(marts.map(mart => mart.name))
  const views: ViewDefinition[] = []
  const waiting = new Set([...definitions.values()].filter(view => !known.has(view.name)))
  // A view may read one that is found in the same pass or in a later one.
  for (let found = -1; found !== views.length;) {
    found = views.length
    for (const view of waiting) {
      const reads = relationsIn(view.definition)
      if (reads.length === 0 || !reads.every(one => one.schema === 'clinical' && known.has(one.name))) continue
      known.add(view.name)
      views.push(view)
      waiting.delete(view)
    }
  }
  return views
}
