import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of this package: the folder with `sql/`, `views/` and `sources/`, in the checkout and in `dist/`. */
export const packageRoot = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Quotes one identifier for PostgreSQL and DuckDB. Every identifier in a statement goes through it.
 *
 * @param name an identifier, not yet quoted and without its schema
 * @returns the name between double quotes, inner quotes doubled
 * @throws Error if the name is empty or contains NUL
 */
export function quoteIdent(name: string): string {
  if (name === '' || name.includes('\0')) throw new Error('an identifier must not be empty or contain NUL')
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * Quotes a string constant for DuckDB, for the few places (paths, patterns, declared names) where DuckDB accepts no parameter.
 * The constants come from the engine and the source, never from delivered data.
 *
 * @param text any text without NUL
 * @returns a single-quoted literal; DuckDB has no backslash escapes in it
 */
export function quoteConstant(text: string): string {
  if (text.includes('\0')) throw new Error('a constant must not contain NUL')
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
