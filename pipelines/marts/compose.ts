import { quoteIdent } from '../platform/sql.ts'
import type { Mart, MartModel } from './definitions.ts'
import { type HourPart, moment, readSpan } from './hour-parts.ts'
import { withOneVersion } from './one-version.ts'
import { type Relation, replaceRelations } from './relations.ts'

/** What a refresh recomputes of a mart; `all` stands for every patient or person. */
export type Slice =
  | {
      readonly by: 'patient'
      readonly source: string
      readonly patients: Ids
      readonly read: Ids
      /** The days of the batches that can hold rows of those who are read. */
      readonly days: Ids
    }
  | { readonly by: 'hour'; readonly source: string; readonly patients: Ids; readonly part: HourPart }
  | {
      readonly by: 'person'
      readonly persons: Ids
      /** The patients of the persons, by position; not used for all persons. */
      readonly sources: readonly string[]
      readonly patients: readonly string[]
    }
  | { readonly by: 'source'; readonly source: string }
  | { readonly by: 'whole' }

export type Ids = 'all' | readonly string[]

/** A statement and its parameters. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/**
 * The statement that makes a slice of a mart equal to the same slice of its live view, and writes only the rows that differ. It
 * returns one row: how many rows it removed and added.
 *
 * The rows are computed by the view's own definition, in which a view that has a mart is read from the mart, and each table
 * holds only the rows that the slice can depend on. Most views are `not materialized`, so that the planner sees one query; see
 * {@link isMaterialized}.
 */
export function refreshStatement(model: MartModel, mart: Mart, slice: Slice): Statement {
  const values: unknown[] = []
  const bind = (value: unknown, type: string): string => {
    const same = values.indexOf(value)
    return `$${same === -1 ? values.push(value) : same + 1}::${type}`
  }
  const parts = composed(model, mart, slice, relation => rowsOf(model, relation, slice, bind))
  const columns = mart.columns.map(name => quoteIdent(name))
  const where = outputFilter(slice, bind, isOneOf)
  // A batch that is read from its first row to its last has rows of others, too; the array would be searched for each of them.
  const whereFresh = slice.by === 'hour' ? outputFilter(slice, bind, isIn) : where
  const view = quoteIdent(`clinical.${mart.name}`)
  // Below the `offset` the planner would take the bounds of a computed hour for conditions that one row in 200 meets, and sort the
  // readings of a day (1.2 million, 72 MB on disk) for what a hash table of 7 MB aggregates.
  const computed = slice.by === 'hour' ? `(select * from ${view} offset 0) as v` : view
  const table = `mart.${quoteIdent(mart.name)}`
  return {
    text: `with ${parts.map(({ name, query }) => `${quoteIdent(name)} as ${isMaterialized(name, slice) ? '' : 'not '}materialized (${query})`).join(',\n')},
fresh as materialized (
  select f.*, f::text as "caseload row", row_number() over (partition by f::text) as "caseload copy"
  from (select * from ${computed} where ${whereFresh}) as f
),
held as materialized (
  select m.ctid as place, m::text as "caseload row", row_number() over (partition by m::text) as "caseload copy"
  from ${table} as m
  where ${where}
),
removed as (
  delete from ${table}
  where ctid = any (
    array(
      select h.place from held as h
      where not exists (
        select from fresh as f where f."caseload row" = h."caseload row" and f."caseload copy" = h."caseload copy"
      )
    )
  )
  returning 1
),
added as (
  insert into ${table} (${columns.join(', ')})
  select ${columns.join(', ')} from fresh as f
  where not exists (
    select from held as h where h."caseload row" = f."caseload row" and h."caseload copy" = f."caseload copy"
  )
  returning 1
)
select (select count(*) from removed)::integer as removed, (select count(*) from added)::integer as added`,
    values,
  }
}

/** Views that read the ledger alone, with a row per source or table. */
const ofLedger: readonly string[] = ['clinical.delivered_tables', 'clinical.source_freshness']

/**
 * A table of the store with the rows of some patients is read once, although a view names it several times: a scan of 365
 * leaves takes long to plan. For 420 patients at 365 days `dated_treatments` took 0.45 s instead of 1.0 s, and its plan had 4,500
 * lines instead of 15,000. Not so the readings, of which a view takes an hour or a day, nor a table as a whole. The planner
 * then expects one row, and would compute what it joins to it again for each.
 */
function isMaterialized(name: string, slice: Slice): boolean {
  if (ofLedger.includes(name)) return true
  const isOfSomePatients = slice.by === 'patient' && slice.read !== 'all'
  return isOfSomePatients && name.startsWith('store.') && !name.startsWith('store.measurements')
}

interface NamedQuery {
  readonly name: string
  readonly query: string
}

/** The definition of a mart and all that it reads, each after what it reads. */
function composed(
  model: MartModel,
  mart: Mart,
  slice: Slice,
  rows: (relation: RestrictedRelation) => string,
): readonly NamedQuery[] {
  const martNames = new Map(model.marts.map(one => [one.name, one] as const))
  const parts = new Map<string, NamedQuery>()
  const nameOf = (relation: Relation): string | undefined => {
    const { schema, name } = relation
    if (schema === 'caseload') return undefined
    const full = `${schema}.${name}`
    const known = parts.has(full)
    if (schema === 'store') {
      const columns = model.store.get(name)
      if (columns === undefined) return undefined
      if (!known) parts.set(full, { name: full, query: rows({ schema, name, columns }) })
    } else if (name !== mart.name && martNames.has(name)) {
      const columns = martNames.get(name)?.columns ?? []
      if (!known) parts.set(full, { name: full, query: rows({ schema: 'mart', name, columns }) })
    } else if (!known) {
      add(name)
    }
    return quoteIdent(full)
  }
  const add = (name: string): void => {
    const stored = model.definitions.get(name)?.definition.replace(/;\s*$/, '') ?? ''
    const definition = slice.by === 'hour' && slice.part.isOneVersion ? withOneVersion(name, stored) : stored
    // Those that it reads come first.
    const query = replaceRelations(definition, nameOf)
    parts.set(`clinical.${name}`, { name: `clinical.${name}`, query })
  }
  add(mart.name)
  return [...parts.values()]
}

type Bind = (value: unknown, type: string) => string

interface RestrictedRelation {
  readonly schema: 'store' | 'mart'
  readonly name: string
  readonly columns: readonly string[]
}

/** The query of the rows of a table, or of another mart, on which the slice can depend. */
function rowsOf(model: MartModel, relation: RestrictedRelation, slice: Slice, bind: Bind): string {
  const from = `select * from ${relation.schema}.${quoteIdent(relation.name)} where `
  if (slice.by !== 'hour' || relation.schema !== 'store' || momentColumn(model, relation) === undefined)
    return from + restriction(model, relation, slice, bind)
  // A parameter that no text names has no type.
  const inBatches = (days: readonly string[], patients: Ids): string =>
    `${from}${restriction(model, relation, { ...slice, patients }, bind)} and batch_date = any (${bind(days, 'date[]')})`
  const { whole, partly } = slice.part
  if (whole.length === 0) return inBatches(partly, slice.patients)
  const all = inBatches(whole, 'all')
  return partly.length === 0 ? all : `${all} union all ${inBatches(partly, slice.patients)}`
}

/** Which rows of a table, or of another mart, the slice can depend on. */
function restriction(model: MartModel, relation: RestrictedRelation, slice: Slice, bind: Bind): string {
  const { schema, name, columns } = relation
  const kind = schema === 'store' ? undefined : model.marts.find(mart => mart.name === name)?.kind
  if (slice.by === 'whole' || kind === 'whole') return 'true'
  if (slice.by === 'source') return columns.includes('source') ? `source = ${bind(slice.source, 'text')}` : 'true'
  if (kind === 'source' && slice.by === 'person') return 'true'
  if (slice.by === 'person') {
    if (slice.persons === 'all') return 'true'
    if (kind === 'person' || (kind !== undefined && columns.includes('person_id')))
      return isOneOf('person_id', slice.persons, bind)
    if (!columns.includes('patient_id')) return 'true'
    const [sources, patients] = [bind(slice.sources, 'text[]'), bind(slice.patients, 'text[]')]
    const pairs = `select u.source, u.patient_id from unnest(${sources}, ${patients}) as u (source, patient_id)`
    // The pairs alone make a hash join that reads the whole table.
    return `${isOneOf('patient_id', slice.patients, bind)} and (source, patient_id) in (${pairs})`
  }
  const conditions = [`source = ${bind(slice.source, 'text')}`]
  const patients = slice.by === 'patient' ? slice.read : slice.patients
  if (columns.includes('patient_id')) {
    conditions.push(isOneOf('patient_id', patients, bind))
    // As a constant, so that the planner leaves out the leaves of other days.
    if (schema === 'store' && slice.by === 'patient' && slice.days !== 'all')
      conditions.push(`batch_date = any (${bind(slice.days, 'date[]')})`)
  }
  const column = slice.by === 'hour' ? momentColumn(model, relation) : undefined
  if (slice.by === 'hour' && column !== undefined) {
    const { from, until } = readSpan(slice.part.span)
    conditions.push(`${column} >= ${bind(moment(from), 'timestamptz')}`)
    conditions.push(`${column} < ${bind(moment(until), 'timestamptz')}`)
  }
  return conditions.join(' and ')
}

/**
 * The planner does not look into the array: of a constant it estimates how often each element occurs, partition by partition.
 * For 420 patients and 43 partitions that took 157 ms; without it, planning takes 1 ms.
 */
function isOneOf(column: string, ids: Ids, bind: Bind): string {
  return ids === 'all' ? 'true' : `${column} = any (array(select unnest(${bind(ids, 'text[]')})))`
}

function isIn(column: string, ids: Ids, bind: Bind): string {
  return ids === 'all' ? 'true' : `${column} in (select unnest(${bind(ids, 'text[]')}))`
}

/** The column that says to which hours a row belongs. */
function momentColumn(model: MartModel, { schema, name }: RestrictedRelation): string | undefined {
  if (schema === 'store' && name === 'measurements') return 'measured_at'
  if (schema === 'store') return name === 'measurements_hourly' ? 'hour' : undefined
  return model.marts.find(mart => mart.name === name)?.kind === 'hour' ? 'hour' : undefined
}

function outputFilter(slice: Slice, bind: Bind, isAmong: typeof isOneOf): string {
  if (slice.by === 'whole') return 'true'
  if (slice.by === 'person') return isAmong('person_id', slice.persons, bind)
  if (slice.by === 'source') return `source = ${bind(slice.source, 'text')}`
  const conditions = [`source = ${bind(slice.source, 'text')}`, isAmong('patient_id', slice.patients, bind)]
  if (slice.by === 'hour') {
    const { from, until } = slice.part.span
    conditions.push(`hour >= ${bind(moment(from), 'timestamptz')}`, `hour < ${bind(moment(until), 'timestamptz')}`)
  }
  return conditions.join(' and ')
}
