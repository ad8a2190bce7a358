import { forbiddenWords, isAboutData, isForbidden } from '../platform/duckdb-error.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { UsageError } from '../platform/errors.ts'
import { quoteIdent } from '../platform/sql.ts'
import { statementsOf } from '../platform/sql-text.ts'
import type { Batch } from '../source/batch.ts'
import { isBlamable } from './diagnose-failure.ts'

/** What {@link describeSelect} needs. */
export interface DescribeContext {
  readonly duckdb: DuckDB
  readonly batch: Batch
  /** Names of the relations of the batch. */
  readonly relations: readonly string[]
  /** Path of a table's SELECT, for errors; without it errors name only the table. */
  readonly selectPath?: ((table: string) => string) | undefined
}

/**
 * The only statement of a file: it becomes a subquery, in which a semicolon is an error, and a second statement would
 * run.
 */
export function soleSelect({ selectPath }: Pick<DescribeContext, 'selectPath'>, table: string, text: string): string {
  const [only, ...others] = statementsOf(text)
  if (only !== undefined && others.length === 0) return only
  throw new UsageError(
    `${selectPath?.(table) ?? `The SELECT for ${table}`} holds ${others.length === 0 ? 'no statement' : `${others.length + 1} statements`}; ` +
      'expected one SELECT.',
  )
}

/**
 * Adds the path of a table's SELECT to the UsageErrors of `work`.
 *
 * @param path undefined if it is not known; then errors do not change
 * @throws what `work` throws
 */
export async function withTableInError<T>(path: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw path !== undefined && error instanceof UsageError ? new UsageError(`${path}: ${error.message}`) : error
  }
}

/**
 * Names and DuckDB types of the columns that a SELECT yields.
 *
 * @throws UsageError if DuckDB rejects the SELECT, or it yields a column twice
 */
export async function describeSelect(
  context: DescribeContext,
  table: string,
  select: string,
): Promise<ReadonlyMap<string, string>> {
  const { duckdb, batch, selectPath } = context
  const refused = (what: string): UsageError => {
    const path = selectPath?.(table)
    return new UsageError(`${path === undefined ? '' : `${path}: `}The SELECT for ${table} of ${batch.source} ${what}`)
  }
  const found = await rowsOrError(duckdb, `describe ${select}`)
  if (found instanceof Error) {
    if (!isBlamable(found) || (isAboutData(found) && !(await canDescribe(context)))) throw found
    const { message } = found
    throw refused(isForbidden(found) ? `${forbiddenWords} (${message}).` : `is rejected by DuckDB: ${message}.`)
  }
  const names = found.map(row => String(row['column_name']))
  // DuckDB's column names are case-insensitive.
  const twice = names.find((name, index) => names.findIndex(one => one.toLowerCase() === name.toLowerCase()) < index)
  if (twice !== undefined) throw refused(`yields ${twice} twice. Remove one of them.`)
  return new Map(found.map((row, index) => [String(names[index]), String(row['column_type'])]))
}

/** False if the cause is a file: then DuckDB cannot describe its relation, either. */
async function canDescribe({ duckdb, relations }: DescribeContext): Promise<boolean> {
  for (const relation of relations) {
    if ((await rowsOrError(duckdb, `describe ${quoteIdent(relation)}`)) instanceof Error) return false
  }
  return true
}

async function rowsOrError(duckdb: DuckDB, sql: string): Promise<readonly Record<string, unknown>[] | Error> {
  try {
    return await duckdb.rows(sql)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
