import { existsSync, readdirSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { parseSource, transformerOf } from './batch.ts'
import { contractFor } from '../contract/tables/contracts.ts'
import { sourceFaults } from './validate-source.ts'
import { UsageError } from '../platform/errors.ts'
import { didYouMean } from '../platform/nearest.ts'
import { readFurtherFields } from './fields-file.ts'
import { loadModule, loadProblem, refuseOtherCopy } from './load-module.ts'
import { requireInputNames } from './input-names.ts'
import { packageRoot } from '../platform/sql.ts'
import { readTextFile } from '../platform/text-file.ts'
import { Transformer } from './transformer.ts'
import { currentProject } from '../contract/current-project.ts'
import { setZone, zoneOf } from './source-zone.ts'

/** A source that can be run: its transformer and the SELECTs beside it. */
export interface Source {
  readonly name: string
  readonly transformer: Transformer
  /** The folder of its class and its SELECTs, absolute. */
  readonly folder: string
  /** The SELECT of one of its tables. */
  readonly sql: (table: string) => string
}

/** Folder of the shipped sources. */
export const shippedSources: string = join(packageRoot, 'sources')

/** The transformers in some folders: each is a folder with a module of the same name. */
export function listTransformers(folders: readonly string[]): readonly string[] {
  const names = folders.flatMap(folder =>
    readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isDirectory() && modulePath(folder, entry.name) !== undefined)
      .map(entry => entry.name),
  )
  // A project's source may have the name of a shipped one.
  return [...new Set(names)].sort()
}

/**
 * Checks that some sources have a transformer, without loading any.
 *
 * @param names `<transformer>` or `<transformer>__<site>`
 * @throws UsageError naming the unknown and the known ones
 */
export function requireTransformers(names: readonly string[], folders: readonly string[]): void {
  const known = listTransformers(folders)
  const unknown = names.filter(name => !known.includes(transformerOf(name)))
  if (unknown.length === 0) return
  throw new UsageError(`Expected known sources, found ${unknown.join(', ')}. Known: ${known.join(', ')}.`)
}

function modulePath(folder: string, transformer: string): string | undefined {
  return modulePaths(folder, transformer)[0]
}

function modulePaths(folder: string, transformer: string): readonly string[] {
  return ['.js', '.ts'].map(ending => join(folder, transformer, transformer + ending)).filter(path => existsSync(path))
}

/**
 * Finds and loads the source of that name. The zone of its transformer is the source's own.
 *
 * @param name `<transformer>` or `<transformer>__<site>`
 * @param folders where to look, in this order
 * @throws UsageError if it does not exist, with the known ones; if its folder is not a source, or if its zone is unknown
 */
export async function loadSource(name: string, folders: readonly string[]): Promise<Source> {
  const source = await loadDeclared(name, folders)
  setZone(source.transformer, zoneOf(name, source.transformer, currentProject()?.zones))
  return source
}

/**
 * Finds and loads a source as its class declares it: `zone` may be `required`.
 *
 * @throws UsageError as {@link loadSource} does, except for the zone
 */
export async function loadDeclared(name: string, folders: readonly string[]): Promise<Source> {
  const transformerName = transformerOf(parseSource(name))
  const folder = folders.find(one => modulePath(one, transformerName) !== undefined)
  const path = folder === undefined ? undefined : modulePath(folder, transformerName)
  if (folder === undefined || path === undefined) {
    refuseNameless(transformerName, folders)
    throw new UsageError(
      `Expected a known source, found ${JSON.stringify(name)}.${didYouMean(transformerName, listTransformers(folders))} ` +
        `Known: ${listTransformers(folders).join(', ')}, ` +
        'each also with a site, such as source_a__north.',
    )
  }
  refuseTwice(folder, transformerName)
  const transformer = instantiate(transformerName, path, await loadModule(path))
  requireSound(path, transformer, join(folder, transformerName))
  readFurtherFields(join(folder, transformerName), transformer)
  requireDistinct(path, transformer)
  requireSelects(join(folder, transformerName), transformer.tables)
  for (const table of transformer.tables) {
    if (contractFor(table) === undefined) {
      throw new UsageError(
        `${transformerName} declares the table ${table}, which has no contract. A project declares its own tables in tables/.`,
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

function refuseNameless(name: string, folders: readonly string[]): void {
  const folder = folders.map(one => join(one, name)).find(one => existsSync(one))
  if (folder === undefined) return
  throw new UsageError(
    `${relative(process.cwd(), folder)} has no ${name}.js and no ${name}.ts; expected the source's class in one of them.`,
  )
}

function instantiate(name: string, path: string, module: Readonly<Record<string, unknown>>): Transformer {
  const values = Object.values(module)
  for (const value of values) refuseOtherCopy(path, value, Transformer)
  const classes = values.filter(isTransformerClass)
  const [only, ...others] = classes
  if (only === undefined || others.length > 0) {
    throw new UsageError(`sources/${name} must export exactly one class that extends Transformer of 'caseload'.`)
  }
  try {
    return new only()
  } catch (error) {
    throw new UsageError(`${relative(process.cwd(), path)} cannot be loaded: ${loadProblem(error)}`, { cause: error })
  }
}

/** A .js file that tsc wrote beside a class may be older than the class. */
function refuseTwice(folder: string, name: string): void {
  if (modulePaths(folder, name).length < 2) return
  throw new UsageError(
    `sources/${name} exists twice, as ${name}.js and as ${name}.ts. Remove one; "noEmit": true in tsconfig.json keeps tsc ` +
      'from writing the other.',
  )
}

function requireSound(path: string, transformer: Transformer, folder: string): void {
  const faults = sourceFaults(transformer, folder)
  if (faults.length === 0) return
  const [first = '', ...others] = faults
  const more = others.length === 0 ? '' : ` And: ${others.slice(0, 4).join('; ')}.`
  throw new UsageError(`${relative(process.cwd(), path)}: ${first}.${more}`)
}

function requireDistinct(path: string, { inputs }: Transformer): void {
  try {
    requireInputNames(inputs)
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${relative(process.cwd(), path)}: ${error.message}`) : error
  }
}

/** Refuses a SELECT that never runs: otherwise its missing rows would be noticed late. */
function requireSelects(folder: string, tables: readonly string[]): void {
  const strange = readdirSync(folder).filter(file => file.endsWith('.sql') && !tables.includes(file.slice(0, -4)))
  if (strange.length === 0) return
  const [first = ''] = strange
  throw new UsageError(
    `${relative(process.cwd(), join(folder, first))} is not the SELECT of a table that the class declares (${tables.join(', ')}). ` +
      `Declare ${first.slice(0, -4)} in its tables, or remove the file.`,
  )
}

function isTransformerClass(value: unknown): value is new () => Transformer {
  return typeof value === 'function' && value.prototype instanceof Transformer
}

/** Path of a table's SELECT: relative to the folder of the caller, absolute for a path outside of it. */
export function selectPath({ folder }: Pick<Source, 'folder'>, table: string): string {
  const path = join(folder, `${table}.sql`)
  const near = relative(process.cwd(), path)
  return near.startsWith('..') || isAbsolute(near) ? path : near
}

function readSelect(path: string): string {
  if (!existsSync(path)) throw new UsageError(`Expected the SELECT of a declared table at ${path}, found no file.`)
  // A subquery takes no semicolon at its end.
  return readTextFile(path).trim().replace(/;$/, '')
}
