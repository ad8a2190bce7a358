import { join } from 'node:path'
import { UsageError } from '../platform/errors.ts'
import { packageRoot, quoteConstant } from '../platform/sql.ts'
import { statementsOf, withoutComments } from '../platform/sql-text.ts'
import { readTextFile } from '../platform/text-file.ts'
import { currentProject } from './current-project.ts'
import { type TableFile, tableFiles } from './table-files.ts'

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
  /** The file, for messages. */
  readonly origin: string
}

/** Rules by the name of their table. */
export type RulesByTable = ReadonlyMap<string, readonly RowRule[]>

let shipped: RulesByTable | undefined

/** The rules across columns of one table that Caseload ships, by name. */
export function shippedRules(table: string): readonly RowRule[] {
  shipped ??= readRules(join(packageRoot, 'sql', 'rules'))
  return shipped.get(table) ?? []
}

/** The rules across columns that the project adds to one table, by name. */
export function projectRules(table: string): readonly RowRule[] {
  return currentProject()?.rules?.get(table) ?? []
}

/** The rules across columns of one table: the shipped ones, then those of the project. */
export function rowRules(table: string): readonly RowRule[] {
  return [...shippedRules(table), ...projectRules(table)]
}

/**
 * Reads a folder of rules, `<table>/<name>.sql`.
 *
 * A rule's file is a boolean DuckDB expression over `row.<column>`, true for a row that breaks it, under a comment of
 * one sentence that says what is wrong. The columns are cast; `row.batch_date` is the date of the batch. A line of comment
 * `-- nulls: ended_on` names the columns that `drop` leaves out, a moment and its local date together.
 *
 * @param root absolute
 * @throws UsageError naming a file that has no such sentence or no such line, compares no column, or is in no table's folder
 */
export function readRules(root: string): RulesByTable {
  const rules = new Map<string, RowRule[]>()
  for (const file of tableFiles(root, 'sql/rules')) {
    rules.set(file.table, [...(rules.get(file.table) ?? []), readRule(file)])
  }
  return rules
}

const columnReference = /\brow\.([a-z][a-z0-9_]*)/g

function readRule({ name, path, origin }: TableFile): RowRule {
  const text = readTextFile(path)
  const [header = '', ...lines] = text.split(/\r?\n/)
  const reason = /^-- ([A-Z].*)[.]$/.exec(header)?.[1]
  const nulls = lines.flatMap(line => /^-- nulls: (.+)$/.exec(line)?.[1]?.trim().split(/ *, */) ?? [])
  const [only, ...others] = statementsOf(text)
  const expression = only === undefined ? '' : withoutComments(only).trim()
  const named = [...expression.matchAll(columnReference)].map(([, column = '']) => column)
  const columns = [...new Set(named)].filter(column => column !== 'batch_date')
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new UsageError(`${origin}: a rule is named in lower-case letters, digits and underscores.`)
  }
  if (reason === undefined) {
    throw new UsageError(
      `${origin}: expected a first line that says what is wrong, such as "-- The treatment ends before it starts."`,
    )
  }
  if (others.length > 0) {
    throw new UsageError(
      `${origin} holds ${others.length + 1} expressions; expected one, true for a row that breaks it.`,
    )
  }
  if (columns.length === 0) throw new UsageError(`${origin} compares no column; write columns as row.<column>.`)
  if (nulls.length === 0) {
    throw new UsageError(
      `${origin}: expected a line "-- nulls: <column>, <column>", the columns that drop() sets to null.`,
    )
  }
  return {
    name,
    reason: reason.charAt(0).toLowerCase() + reason.slice(1),
    columns,
    nulls,
    broken: (cast, batchDate) => {
      const value = (column: string): string =>
        column === 'batch_date' ? `${quoteConstant(batchDate)}::date` : cast(column)
      return `(${expression.replaceAll(columnReference, (_, column: string) => `(${value(column)})`)}\n)`
    },
    origin,
  }
}
