import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { quoteConstant, readSql } from '../platform/sql.ts'

/** One rule across the columns of a row, from `sql/rules/<table>/<name>.sql`. */
export interface RowRule {
  readonly name: string
  /** What is wrong with a row that breaks it, in words. */
  readonly reason: string
  /** The columns it compares, without `batch_date`. */
  readonly columns: readonly string[]
  /** The columns that are null in a row that breaks it, where a source or the contract says `drop`. */
  readonly nulls: readonly string[]
  /** SQL that is true for a row that breaks the rule, given SQL of each cast value and the batch's date, `yyyy-mm-dd`. */
  readonly broken: (cast: (column: string) => string, batchDate: string) => string
}

const folder = 'sql/rules'
const columnReference = /\brow\.([a-z][a-z0-9_]*)/g

/**
 * The rules across columns of one table, by name.
 *
 * A rule's file is a boolean DuckDB expression over `row.<column>`, true for a row that breaks it, under a comment of
 * one sentence that says what is wrong. The columns are cast; `row.batch_date` is the date of the batch. A line of comment
 * `-- nulls: ended_on` names the columns that `drop` leaves out, a moment and its local date together.
 *
 * @throws Error, a bug of the rule's author, if a file has no such sentence, compares no column or names none to leave out
 */
export function rowRules(table: string): readonly RowRule[] {
  const path = fileURLToPath(new URL(`../../${folder}/${table}`, import.meta.url))
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter(file => file.endsWith('.sql'))
    .sort()
    .map(file => rowRule(file.slice(0, -'.sql'.length), `${folder}/${table}/${file}`))
}

function rowRule(name: string, path: string): RowRule {
  const [header = '', ...lines] = readSql(path).split('\n')
  const reason = /^-- ([A-Z].*)[.]$/.exec(header)?.[1]
  const expression = lines.filter(line => !line.startsWith('--')).join('\n')
  if (reason === undefined) throw new Error(`${path} must begin with a comment of one sentence that says what is wrong`)
  const named = [...expression.matchAll(columnReference)].map(([, column = '']) => column)
  const columns = [...new Set(named)].filter(column => column !== 'batch_date')
  if (columns.length === 0) throw new Error(`${path} compares no column; write columns as row.<column>`)
  const nulls = lines.flatMap(line => /^-- nulls: (.+)$/.exec(line)?.[1]?.split(', ') ?? [])
  if (nulls.length === 0) throw new Error(`${path} must say which columns to leave out: -- nulls: <column>, <column>`)
  return {
    name,
    reason: reason.charAt(0).toLowerCase() + reason.slice(1),
    columns,
    nulls,
    broken: (cast, batchDate) => {
      const value = (column: string): string =>
        column === 'batch_date' ? `${quoteConstant(batchDate)}::date` : cast(column)
      return `(${expression.trim().replaceAll(columnReference, (_, column: string) => `(${value(column)})`)}\n)`
    },
  }
}
