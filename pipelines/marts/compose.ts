import { quoteIdent } from '../platform/sql.ts'
import type { HourSpan } from './changes.ts'
import type { Mart, MartModel } from './definitions.ts'
import { type Relation, replaceRelations } from './relations.ts'

/** What a refresh recomputes of a mart; `all` stands for every patient or person. */
export type Slice =
  | { readonly by: 'patient'; readonly source: string; readonly patients: Ids; readonly read: Ids }
  | { readonly by: 'hour'; readonly source: string; readonly patients: Ids; readonly span: HourSpan }
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
  const { values, bind } = parameters()
  const steps = composed(model, mart, relation => restriction(model, relation, slice, bind))
  const { columns, where, table } = target(mart, slice, bind)
  return {
    text: `with ${steps.map(({ name, query }) => `${quoteIdent(name)} as ${isMaterialized(name, slice) ? '' : 'not '}materialized (${query})`).join(',\n')},
fresh as materialized (
  select f.*, f::text as "caseload row", row_number() over (partition by f::text) as "caseload copy"
  from (select * from ${quoteIdent(`clinical.${mart.name}`)} where ${where}) as f
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
  insert into ${table} (${columns})
  select ${columns} from fresh as f
  where not exists (
    select from held as h where h."caseload row" = f."caseload row" and h."caseload copy" = f."caseload copy"
  )
  returning 1
)
select (select count(*) from removed)::integer as removed, (select count(*) from added)::integer as added`,
    values,
  }
}

/**
 * The statements that do the same where a mart is distributed over machines: they remove all rows of the slice and add those of the
 * view. Citus neither deletes by the place of a row nor compares whole rows. What the view reads stands where it is read, or in a step
 * that is `materialized`: Citus 13 takes two uses of a step that is `not materialized` for one table, joins them within each shard, and answers
 * wrong rows without an error. `offset 0` lets the rows pass through the coordinator: what Citus 13 sends to the shards in an INSERT
 * of its own has lost the operand of a CASE.
 */
export function replaceStatements(
  model: MartModel,
  mart: Mart,
  slice: Slice,
): { readonly remove: Statement; readonly add: Statement } {
  const [removal, addition] = [parameters(), parameters()]
  const removed = target(mart, slice, removal.bind)
  const { columns, where, table } = target(mart, slice, addition.bind)
  const isApart = slice.by === 'person' || slice.by === 'source' || slice.by === 'whole'
  const { steps, query } = nested(model, mart, isApart, relation => restriction(model, relation, slice, addition.bind))
  return {
    remove: { text: `delete from ${table} where ${removed.where}`, values: removal.values },
    add: {
      text: `insert into ${table} (${columns}) ${steps}select ${columns} from (${query}) as f where ${where} offset 0`,
      values: addition.values,
    },
  }
}

function parameters(): { readonly values: readonly unknown[]; readonly bind: Bind } {
  const values: unknown[] = []
  const bind = (value: unknown, type: string): string => {
    const same = values.indexOf(value)
    return `$${same === -1 ? values.push(value) : same + 1}::${type}`
  }
  return { values, bind }
}

interface Target {
  readonly columns: string
  /** Which rows of the view and of the mart the slice has. */
  readonly where: string
  readonly table: string
}

function target(mart: Mart, slice: Slice, bind: Bind): Target {
  return {
    columns: mart.columns.map(name => quoteIdent(name)).join(', '),
    where: outputFilter(slice, bind),
    table: `mart.${quoteIdent(mart.name)}`,
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

type Restrict = (relation: Relation & { readonly columns: readonly string[] }) => string

/** The definition of a mart and all that it reads, each after what it reads. */
function composed(model: MartModel, mart: Mart, restrict: Restrict): readonly NamedQuery[] {
  const parts = new Map<string, NamedQuery>()
  const nameOf = (relation: Relation): string | undefined => {
    const name = `${relation.schema}.${relation.name}`
    if (!parts.has(name)) {
      const query = queryOf(model, mart, relation, restrict, nameOf)
      if (query === undefined) return undefined
      parts.set(name, { name, query })
    }
    return quoteIdent(name)
  }
  nameOf({ schema: 'clinical', name: mart.name })
  return [...parts.values()]
}

/**
 * The definition of a mart in one query, in which all that it reads stands in parentheses.
 *
 * @param isApart true to read each table first, in a step of its own, for a view that joins rows of many patients: the coordinator
 *   computes it from these
 */
function nested(
  model: MartModel,
  mart: Mart,
  isApart: boolean,
  restrict: Restrict,
): { readonly steps: string; readonly query: string } {
  const read = new Map<string, string>()
  const inPlace = (relation: Relation): string | undefined => {
    const query = queryOf(model, mart, relation, restrict, inPlace)
    if (query === undefined) return undefined
    if (!isApart || !isTable(model, mart, relation)) return `(${query})`
    const name = quoteIdent(`${relation.schema}.${relation.name}`)
    read.set(name, query)
    return name
  }
  const query = queryOf(model, mart, { schema: 'clinical', name: mart.name }, restrict, inPlace) ?? ''
  const steps = [...read].map(([name, each]) => `${name} as materialized (${each})`)
  return { steps: steps.length === 0 ? '' : `with ${steps.join(',\n')} `, query }
}

/** Whether a refresh of a mart reads a table in place of the relation. */
const isTable = (model: MartModel, mart: Mart, { schema, name }: Relation): boolean =>
  schema === 'store' || (name !== mart.name && model.marts.some(one => one.name === name))

/** What a refresh of a mart reads in place of a relation; undefined for the relation itself. */
function queryOf(
  model: MartModel,
  mart: Mart,
  relation: Relation,
  restrict: Restrict,
  replacement: (one: Relation) => string | undefined,
): string | undefined {
  const { schema, name } = relation
  if (schema === 'caseload') return undefined
  if (schema === 'store') {
    const columns = model.store.get(name)
    if (columns === undefined) return undefined
    return `select * from store.${quoteIdent(name)} where ${restrict({ ...relation, columns })}`
  }
  const other = model.marts.find(one => one.name === name)
  if (other !== undefined && name !== mart.name)
    return `select * from mart.${quoteIdent(name)} where ${restrict({ ...relation, columns: other.columns })}`
  return replaceRelations(model.definitions.get(name)?.definition.replace(/;\s*$/, '') ?? '', replacement)
}

type Bind = (value: unknown, type: string) => string

/** Which rows of a table, or of another mart, the slice can depend on. */
function restriction(
  model: MartModel,
  { schema, name, columns }: Relation & { readonly columns: readonly string[] },
  slice: Slice,
  bind: Bind,
): string {
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
  if (columns.includes('patient_id')) conditions.push(isOneOf('patient_id', patients, bind))
  const column = slice.by === 'hour' ? momentColumn(schema, name, kind) : undefined
  if (slice.by === 'hour' && column !== undefined) {
    conditions.push(
      `${column} >= ${bind(moment(slice.span.from), 'timestamptz')} - interval '1 hour'`,
      `${column} < ${bind(moment(slice.span.until), 'timestamptz')} + interval '1 hour'`,
    )
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

/** The column that says to which hours a row belongs. */
function momentColumn(schema: Relation['schema'], name: string, kind: Mart['kind'] | undefined): string | undefined {
  if (schema === 'store' && name === 'measurements') return 'measured_at'
  if ((schema === 'store' && name === 'measurements_hourly') || kind === 'hour') return 'hour'
  return undefined
}

function outputFilter(slice: Slice, bind: Bind): string {
  if (slice.by === 'whole') return 'true'
  if (slice.by === 'person') return isOneOf('person_id', slice.persons, bind)
  if (slice.by === 'source') return `source = ${bind(slice.source, 'text')}`
  const conditions = [`source = ${bind(slice.source, 'text')}`, isOneOf('patient_id', slice.patients, bind)]
  if (slice.by === 'hour') {
    conditions.push(
      `hour >= ${bind(moment(slice.span.from), 'timestamptz')}`,
      `hour < ${bind(moment(slice.span.until), 'timestamptz')}`,
    )
  }
  return conditions.join(' and ')
}

/** Seconds since 1970 as PostgreSQL reads them. */
function moment(seconds: number): string {
  if (!Number.isFinite(seconds)) return seconds < 0 ? '-infinity' : 'infinity'
  return new Date(seconds * 1000).toISOString()
}
