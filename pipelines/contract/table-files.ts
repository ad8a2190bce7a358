import { readdirSync } from 'node:fs'
import { basename, join, sep } from 'node:path'
import { UsageError } from '../platform/errors.ts'

/** A SQL file about one table, `<table>/<name>.sql`. */
export interface TableFile {
  readonly table: string
  readonly name: string
  /** Absolute. */
  readonly path: string
  /** For messages, such as `sql/rules/visits/late.sql`. */
  readonly origin: string
}

/**
 * The SQL files in a folder of rules or of checks, in the order of their paths.
 *
 * @param root absolute
 * @param folder what a message calls it
 * @throws UsageError naming a file that is not in the folder of a table, which would never run
 */
export function tableFiles(root: string, folder: 'sql/checks' | 'sql/rules'): readonly TableFile[] {
  return sqlBelow(root).map(path => {
    const [table = '', file, ...deeper] = path.split(sep)
    const origin = `${folder}/${path.split(sep).join('/')}`
    if (file === undefined || deeper.length > 0) {
      throw new UsageError(
        `${origin} would never run: Caseload reads the SQL files in ${folder}/<table>/. Move it there.`,
      )
    }
    return { table, name: basename(file, '.sql'), path: join(root, path), origin }
  })
}

/** Relative paths of the SQL files in a folder and in all folders below it. */
export function sqlBelow(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(path => path.toLowerCase().endsWith('.sql'))
    .sort()
}
