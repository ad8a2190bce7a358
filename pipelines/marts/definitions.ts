import { createHash } from 'node:crypto'
import { isDistributed } from '../ledger/layout.ts'
import { fileOf, type View } from '../ledger/list-views.ts'
import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { type MartHeader, martHeader, type MartKind } from './mart-header.ts'
import { inOrder, isAfterPersons, isByPatient, monthsFrom, requireOrder } from './mart-order.ts'
import { allRead, readBy } from './reads.ts'
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
  /** True for a mart by person, and for one that reads any. */
  readonly isAfterPersons: boolean
  /** Of a mart by source and month, the marts that it reads. */
  readonly monthsFrom: readonly string[]
  /** The dates by whose months other marts count its rows. */
  readonly monthColumns: readonly string[]
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
    requireColumns(shown, header.kind, definition)
    requireIndexed(shown, header.indexes, definition)
    const hash = hashOf(definition, header, definitions)
    const unread = { isReadByVisit: false, isAfterPersons: false, monthsFrom: [], monthColumns: [] }
    return [{ ...definition, ...header, hash, ...unread }]
  })
  const ordered = withReaders(inOrder(marts, definitions), definitions)
  requireOrder(ordered, definitions)
  const othersReadStore = ordered.some(
    mart => !isByPatient(mart) && readBy(mart, ordered, definitions).some(({ schema }) => schema === 'store'),
  )
  return {
    marts: ordered,
    views: overMarts(ordered, definitions),
    definitions,
    othersReadStore,
    isDistributed: await isDistributed(session),
    store,
  }
}

/** The marts, with what other marts read of them. */
function withReaders(marts: readonly Mart[], definitions: ReadonlyMap<string, ViewDefinition>): readonly Mart[] {
  const byVisit = new Set(marts.flatMap(mart => (mart.kind === 'visit' ? [...allRead(mart, definitions)] : [])))
  const months = marts.map(mart => ({ column: mart.monthOf, from: monthsFrom(mart, marts, definitions) }))
  return marts.map((mart, at) => ({
    ...mart,
    isReadByVisit: byVisit.has(mart.name),
    isAfterPersons: isAfterPersons(mart, marts, definitions),
    monthsFrom: months[at]?.from ?? [],
    monthColumns: [
      ...new Set(months.flatMap(({ column, from }) => (column !== null && from.includes(mart.name) ? [column] : []))),
    ],
  }))
}

const needed: Readonly<Record<MartKind, readonly string[]>> = {
  patient: ['source', 'patient_id'],
  visit: ['source', 'patient_id', 'visit_id'],
  source: ['source'],
  month: ['source', 'month'],
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

function hashOf(
  view: ViewDefinition,
  { kind, monthOf, indexes }: MartHeader,
  definitions: ReadonlyMap<string, ViewDefinition>,
): string {
  const read = [...allRead(view, definitions)].sort().map(name => [name, definitions.get(name)?.definition])
  const all = [monthOf ?? kind, indexes, view.columns, view.definition, read]
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
