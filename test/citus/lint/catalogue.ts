import type { Session } from '../../../pipelines/platform/postgres.ts'
import { textOf, type Tree } from './tree.ts'

/** Where the rows of a table are: spread over machines, on every machine, on one that Citus knows, or on one alone. */
export type Place = 'distributed' | 'reference' | 'known' | 'local'

/** What the rules must know of a database. */
export interface Catalogue {
  /** Where the rows of a relation of a statement are; undefined if it is no table of Caseload, such as a step of a WITH. */
  readonly placeOf: (relation: Tree) => Place | undefined
  /** The column by which a table is distributed; undefined if it is not. */
  readonly columnOf: (relation: Tree) => string | undefined
  /** How much the result of a function changes: `i` never, `s` between statements, `v` always; undefined for an unknown name. */
  readonly volatilityOf: (name: string) => 'i' | 's' | 'v' | undefined
}

/** Schemas whose tables are all distributed: the tables and their leaves. */
const distributedSchemas: readonly string[] = ['store', 'caseload_stage', 'caseload_kept']

/** The catalogue of a database with the stubs, which note under what name a table was distributed. */
export async function readCatalogue(session: Session): Promise<Catalogue> {
  const placed = await session.query<{ name: string; method: string; model: string; column: string | null }>(
    `select placed_as as name, partmethod::text as method, repmodel::text as model, distribution_column as column
     from pg_catalog.pg_dist_partition`,
  )
  const functions = await session.query<{ name: string; volatility: 'i' | 's' | 'v' }>(
    `select proname as name, max(provolatile)::text as volatility from pg_catalog.pg_proc group by proname`,
  )
  const byName = new Map(placed.rows.map(row => [row.name, row]))
  const volatility = new Map(functions.rows.map(row => [row.name, row.volatility]))
  const placeOf = (relation: Tree): Place | undefined => {
    const schema = textOf(relation, 'schemaname')
    if (distributedSchemas.includes(schema)) return 'distributed'
    if (schema !== 'caseload') return schema === 'mart' || schema === 'caseload_queue' ? 'local' : undefined
    const found = byName.get(textOf(relation, 'relname'))
    if (found === undefined) return 'local'
    return found.model === 't' ? 'reference' : 'known'
  }
  return {
    placeOf,
    columnOf: relation =>
      placeOf(relation) === 'distributed' ? (byName.get(textOf(relation, 'relname'))?.column ?? undefined) : undefined,
    volatilityOf: name => volatility.get(name),
  }
}
