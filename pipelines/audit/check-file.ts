import { existsSync } from 'node:fs'
import { basename, join, sep } from 'node:path'
import { contractFor } from '../contract/tables/contracts.ts'
import { columnsOf } from '../contract/contract.ts'
import { UsageError } from '../platform/errors.ts'
import { currentProject } from '../contract/current-project.ts'
import { sqlBelow, type TableFile, tableFiles } from '../contract/table-files.ts'
import { packageRoot } from '../platform/sql.ts'
import { statementsOf, withoutComments } from '../platform/sql-text.ts'
import { readTextFile } from '../platform/text-file.ts'
import type { Severity } from '../source/quality-rule.ts'

/** A query that returns the bad rows of one table. */
export interface CheckSql {
  readonly name: string
  readonly table: string
  readonly severity: Severity
  /** Column by whose values the detail of the result counts bad rows. */
  readonly by: string | undefined
  /** A SELECT in PostgreSQL's dialect over the tables of the batch, by their plain names. */
  readonly sql: string
  /** The file, for a person. */
  readonly origin: string
}

const form = 'Expected a header like "-- severity: warn" (or error), then one SELECT that returns bad rows'

/** The shipped checks: `sql/checks/<table>/<name>.sql`. */
export function shippedChecks(): readonly CheckSql[] {
  return tableChecks(join(packageRoot, 'sql', 'checks'))
}

/**
 * The checks of the project: `sql/checks/<table>/<name>.sql` in its folder.
 *
 * @throws UsageError naming a file that would never run, because it is not in the folder of a table
 */
export function projectChecks(): readonly CheckSql[] {
  const root = currentProject()?.checks
  if (root === undefined || !existsSync(root)) return []
  const checks = tableChecks(root)
  const stray = checks.find(({ table }) => contractFor(table) === undefined)
  if (stray !== undefined) throw new UsageError(`${stray.origin} checks ${stray.table}, which is not a table.`)
  return checks
}

function tableChecks(root: string): readonly CheckSql[] {
  return tableFiles(root, 'sql/checks').map(readCheck)
}

/**
 * A source's own checks: `checks/<name>.sql` in its folder, of the same form and with a line `-- table: <table>`.
 *
 * @param folder of the source
 */
export function sourceChecks(folder: string): readonly CheckSql[] {
  const root = join(folder, 'checks')
  if (!existsSync(root)) return []
  const shown = `sources/${basename(folder)}/checks`
  return sqlBelow(root).map(file => {
    const origin = `${shown}/${file.split(sep).join('/')}`
    if (file.includes(sep)) {
      throw new UsageError(
        `${origin} would never run: the checks of a source are in ${shown}/ itself, and name their table in a line ` +
          '"-- table: <table>". Move it there.',
      )
    }
    return readCheck({ name: basename(file, '.sql'), path: join(root, file), origin, table: undefined })
  })
}

type CheckFile = Omit<TableFile, 'table'> & { readonly table: string | undefined }

function readCheck({ name, path, origin, table: ofFolder }: CheckFile): CheckSql {
  const text = readTextFile(path)
  const table = ofFolder ?? header(text, 'table')
  const severity = header(text, 'severity')
  const by = header(text, 'by')
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new UsageError(`${origin}: a check is named in lower-case letters, digits and underscores.`)
  }
  if (severity !== 'warn' && severity !== 'error') throw new UsageError(`${origin}: ${form}.`)
  if (table === undefined)
    throw new UsageError(`${origin}: expected a line "-- table: <table>" that says whose rows it returns.`)
  refuseOtherBatches(origin, text)
  if (by !== undefined) refusePersonal(origin, table, by)
  const [only, ...others] = statementsOf(text)
  if (only === undefined || others.length > 0) {
    throw new UsageError(
      `${origin} holds ${others.length === 0 ? 'no statement' : `${others.length + 1} statements`}; expected one SELECT.`,
    )
  }
  return { name, table, severity, by, sql: only, origin }
}

const header = (text: string, key: string): string | undefined =>
  new RegExp(`^-- ${key}: *([a-z0-9_]+) *$`, 'm').exec(text)?.[1]

/** The result for a batch must not depend on the batches that were loaded before it. */
function refuseOtherBatches(origin: string, text: string): void {
  const found = /\b(store|clinical|caseload(_stage|_kept)?)\s*\./i.exec(withoutComments(text))
  if (found === null) return
  throw new UsageError(
    `${origin} reads schema ${found[1] ?? ''}. A check reads only the tables of its own batch, by their plain names.`,
  )
}

/** Logs show the values of this column. */
function refusePersonal(origin: string, table: string, column: string): void {
  const contract = contractFor(table)
  const phi = contract === undefined ? undefined : columnsOf(contract).find(one => one.name === column)?.phi
  if (phi === 'none') return
  throw new UsageError(
    `${origin} counts by ${column}; expected a column of ${table} whose values may be shown (phi none).`,
  )
}
