import { quoteIdent } from '../platform/sql.ts'

/** A table or view that a query reads. */
export interface Relation {
  readonly schema: 'store' | 'clinical' | 'caseload'
  readonly name: string
}

/**
 * A text, or a relation with the word after it. PostgreSQL writes a view with keywords in capitals and names in small letters, or
 * quoted, so a word in small letters is the alias.
 */
const relation =
  /E?'(?:[^']|'')*'|\b(store|clinical|caseload)\.("(?:[^"]|"")+"|[a-z_][a-z0-9_]*)(?![\w(])(?=(\s+(?:[a-z_"]))?)/g

const plain = (name: string): string => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name)

/** The relations of Caseload's schemas in a query as PostgreSQL writes it, each once. */
export function relationsIn(query: string): readonly Relation[] {
  const found = new Map<string, Relation>()
  replaceRelations(query, one => {
    found.set(`${one.schema}.${one.name}`, one)
    return undefined
  })
  return [...found.values()]
}

/**
 * Replaces the relations of a query as PostgreSQL writes it.
 *
 * @param replacement an expression that stands for the relation; undefined leaves it
 */
export function replaceRelations(query: string, replacement: (one: Relation) => string | undefined): string {
  return query.replace(relation, (text: string, schema?: Relation['schema'], quoted?: string, alias?: string) => {
    const name = plain(quoted ?? '')
    if (schema === undefined) return text
    const other = replacement({ schema, name })
    if (other === undefined) return text
    // The columns of a relation without an alias are named after it.
    return alias === undefined ? `${other} as ${quoteIdent(name)}` : other
  })
}
