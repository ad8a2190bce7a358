import { quoteIdent } from '../platform/sql.ts'
import type { Mart, MartModel } from './definitions.ts'
import { type Relation, replaceRelations } from './relations.ts'
import type { ReadTable } from './slice-rows.ts'

/** What a refresh reads in place of the tables and views that the definition of a mart names. */
export interface Reading {
  /** The query of the rows of a table, or of another mart, on which the slice can depend. */
  readonly rows: (table: ReadTable) => string
  /** The definition of a view, in place of the stored one. */
  readonly definition: (view: string, stored: string) => string
}

/** A step of a statement. */
export interface NamedQuery {
  readonly name: string
  readonly query: string
}

/** The definition of a mart and all that it reads, each after what it reads. */
export function composed(model: MartModel, mart: Mart, reading: Reading): readonly NamedQuery[] {
  const parts = new Map<string, NamedQuery>()
  const nameOf = (relation: Relation): string | undefined => {
    const name = `${relation.schema}.${relation.name}`
    if (!parts.has(name)) {
      const query = queryOf(model, mart, relation, reading, nameOf)
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
export function nested(
  model: MartModel,
  mart: Mart,
  isApart: boolean,
  reading: Reading,
): { readonly steps: string; readonly query: string } {
  const read = new Map<string, string>()
  const inPlace = (relation: Relation): string | undefined => {
    const query = queryOf(model, mart, relation, reading, inPlace)
    if (query === undefined) return undefined
    if (!isApart || !isTable(model, mart, relation)) return `(${query})`
    const name = quoteIdent(`${relation.schema}.${relation.name}`)
    read.set(name, query)
    return name
  }
  const query = queryOf(model, mart, { schema: 'clinical', name: mart.name }, reading, inPlace) ?? ''
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
  reading: Reading,
  replacement: (one: Relation) => string | undefined,
): string | undefined {
  const { schema, name } = relation
  if (schema === 'caseload') return undefined
  if (schema === 'store') {
    const columns = model.store.get(name)
    if (columns === undefined) return undefined
    return reading.rows({ schema, name, columns })
  }
  const other = model.marts.find(one => one.name === name)
  if (other !== undefined && name !== mart.name) return reading.rows({ schema: 'mart', name, columns: other.columns })
  const stored = model.definitions.get(name)?.definition.replace(/;\s*$/, '') ?? ''
  return replaceRelations(reading.definition(name, stored), replacement)
}
