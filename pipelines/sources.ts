import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSource, transformerOf } from './batch.ts'
import { contractFor } from './contract/contracts.ts'
import { UsageError } from './errors.ts'
import { didYouMean } from './help/nearest.ts'
import { loadModule, refuseOtherCopy } from './project/load-module.ts'
import { packageRoot } from './sql.ts'
import { Transformer } from './transformer.ts'

/** A source that can be run: its transformer and the SELECTs beside it. */
export interface Source {
  readonly name: string
  readonly transformer: Transformer
  /** Where its class and its SELECTs lie, absolute. */
  readonly folder: string
  /** The SELECT of one of its tables. */
  readonly sql: (table: string) => string
}

/** Folder of the shipped sources. */
export const shippedSources: string = join(packageRoot, 'sources')

/** The transformers there are, by listing the folders: in each, a folder with a module of its own name. */
export function listTransformers(folders: readonly string[]): readonly string[] {
  const names = folders.flatMap(folder =>
    readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isDirectory() && modulePath(folder, entry.name) !== undefined)
      .map(entry => entry.name),
  )
  // A source of the user's own may have the name of a shipped one.
  return [...new Set(names)].sort()
}

/**
 * Looks for the transformers of some sources, and loads none.
 *
 * @param names `<transformer>` or `<transformer>__<site>`
 * @throws UsageError naming those there are not, and those there are
 */
export function requireTransformers(names: readonly string[], folders: readonly string[]): void {
  const known = listTransformers(folders)
  const unknown = names.filter(name => !known.includes(transformerOf(name)))
  if (unknown.length === 0) return
  throw new UsageError(`Expected sources; there is no ${unknown.join(', ')}. Known: ${known.join(', ')}.`)
}

function modulePath(folder: string, transformer: string): string | undefined {
  return ['.js', '.ts'].map(ending => join(folder, transformer, transformer + ending)).find(path => existsSync(path))
}

/**
 * Finds and loads the source of that name.
 *
 * @param name `<transformer>` or `<transformer>__<site>`
 * @param folders where to look, in this order
 * @throws UsageError if there is none, naming those there are, or if its folder is not a source
 */
export async function loadSource(name: string, folders: readonly string[]): Promise<Source> {
  const transformerName = transformerOf(parseSource(name))
  const folder = folders.find(one => modulePath(one, transformerName) !== undefined)
  const path = folder === undefined ? undefined : modulePath(folder, transformerName)
  if (folder === undefined || path === undefined) {
    throw new UsageError(
      `Expected a source; there is no ${JSON.stringify(name)}.${didYouMean(transformerName, listTransformers(folders))} ` +
        `Known: ${listTransformers(folders).join(', ')}, and ` +
        'each of them with a site, such as source_a__north.',
    )
  }
  const transformer = instantiate(transformerName, path, await loadModule(path))
  for (const table of transformer.tables) {
    if (contractFor(table) === undefined) {
      throw new UsageError(
        `${transformerName} declares the table ${table}, which has no contract. A table of a project's own has one in tables/.`,
      )
    }
  }
  return {
    name,
    transformer,
    folder: join(folder, transformerName),
    sql: table => readSelect(join(folder, transformerName, `${table}.sql`)),
  }
}

function instantiate(name: string, path: string, module: Readonly<Record<string, unknown>>): Transformer {
  const values = Object.values(module)
  for (const value of values) refuseOtherCopy(path, value, Transformer)
  const classes = values.filter(isTransformerClass)
  const [only, ...others] = classes
  if (only === undefined || others.length > 0) {
    throw new UsageError(`sources/${name} must export exactly one class that extends Transformer of 'caseload'.`)
  }
  return new only()
}

function isTransformerClass(value: unknown): value is new () => Transformer {
  return typeof value === 'function' && value.prototype instanceof Transformer
}

function readSelect(path: string): string {
  if (!existsSync(path)) throw new UsageError(`Expected the SELECT of a declared table at ${path}, found no file.`)
  // A subquery takes no semicolon at its end.
  return readFileSync(path, 'utf8').trim().replace(/;$/, '')
}
