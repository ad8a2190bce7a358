import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The package's own root: the folder that holds `sql/`, `views/` and `sources/`, in the checkout and in `dist/` alike. */
export const packageRoot = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Quotes one identifier for PostgreSQL and DuckDB alike. The only way an identifier enters a statement.
 *
 * @param name an identifier, not yet quoted and without its schema
 * @returns the name between double quotes, inner quotes doubled
 * @throws Error if the name is empty or holds NUL
 */
export function quoteIdent(name: string): string {
  if (name === '' || name.includes('\0')) throw new Error('an identifier is neither empty nor holds NUL')
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * Quotes a string constant for DuckDB, for the few places (paths, patterns, declared names) where DuckDB takes no
 * parameter. The constants are the engine's and the source's own; a delivered value never passes here.
 *
 * @param text any text without NUL
 * @returns a single-quoted literal; DuckDB reads no backslash escapes in it
 */
export function quoteConstant(text: string): string {
  if (text.includes('\0')) throw new Error('a constant holds no NUL')
  return `'${text.replaceAll("'", "''")}'`
}

/**
 * Reads a shipped `.sql` file.
 *
 * @param path path under the package root, such as `sql/migrations/0002_ledger.sql`
 */
export function readSql(path: string): string {
  return readFileSync(join(packageRoot, path), 'utf8')
}
