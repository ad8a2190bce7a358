import type { DuckDB } from '../../../platform/duckdb.ts'
import { quoteConstant } from '../../../platform/sql.ts'

/** A node of the tree that DuckDB writes of a statement. */
export type Syntax = Readonly<Record<string, unknown>>

/**
 * The tree of a SELECT, as DuckDB parses it; it reads most of PostgreSQL's dialect, too.
 *
 * @returns undefined where DuckDB cannot parse it
 */
export async function parseSelect(duckdb: DuckDB, sql: string): Promise<Syntax | undefined> {
  const [row] = await duckdb.rows(
    `select json_serialize_sql(${quoteConstant(sql)}, skip_null := true, skip_empty := true)::varchar as tree`,
  )
  const tree = JSON.parse(textOf(row?.['tree'])) as Syntax
  return tree['error'] === false ? asSyntax(asSyntax(listOf(tree['statements'])[0])['node']) : undefined
}

/** What is no object counts as an empty one. */
export function asSyntax(value: unknown): Syntax {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Syntax) : {}
}

/** What is no list counts as an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : []
}

/** What is no text counts as an empty one. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
