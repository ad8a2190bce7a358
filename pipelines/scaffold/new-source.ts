import { copyFileSync, existsSync, mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { allContracts } from '../contract/tables/contracts.ts'
import { UsageError } from '../platform/errors.ts'
import { compactDate } from '../source/batch.ts'
import { type ClassParts, classText } from './class-text.ts'
import { type FiledSample, guessSample, numbersReadings } from './guess-sample.ts'
import { landedPatterns, type NamedFile } from './landed-patterns.ts'
import { type NestingLevel, nestingLevelsOf } from './nesting-levels.ts'
import { missingTimestamps, type RemainingWork, remainingWork, unmappedColumns } from './remaining-work.ts'
import { inputNameOf } from './sample-file.ts'
import { readSample } from './sample.ts'
import { selectText } from './select.ts'
import { entityTables } from './mapping.ts'
import { testText } from './template.ts'
import { type SampleEngine, type TriedTable, withSample } from './try-sample.ts'

/** The samples of a new source, and where it is written. */
export interface NewSourceParts {
  /** The source's name, without a site. */
  readonly name: string
  /** Paths of the samples, one for each kind of file in a delivery. */
  readonly from: readonly string[]
  /** `yyyy-mm-dd`, the day under which the sample lands. */
  readonly date: string
  /** Tables to fill; empty: a guess. */
  readonly tables: readonly string[]
  /** Folder that gets `sources/`, `data/` and `test/`: a clone of Caseload, or a project. */
  readonly root: string
  readonly kind: 'clone' | 'project'
  readonly language: 'ts' | 'js'
  /** Folder on a disk for DuckDB's spill files. */
  readonly workRoot: string
  /** Replaces the class, the SELECTs, the test and samples of the same names. */
  readonly force?: boolean
}

/** The new source. It contains names of columns, never a value. */
export interface NewSource extends RemainingWork {
  /** Paths below the root: the class, its SELECTs, the test, the samples. */
  readonly files: readonly string[]
  /** SELECTs and classes of the source that is replaced which the new one does not have. */
  readonly removed: readonly string[]
  /** Results of the SELECTs on the sample. */
  readonly tried: readonly TriedTable[]
  /** Number of records that cannot be read, or whose shape is not that of the others. */
  readonly rejected: number
  /** The other columns of the sample that fill no table. */
  readonly unmapped: readonly string[]
  /** Sentences that explain why columns that look like readings fill no measurements. */
  readonly untimed: readonly string[]
  /** Fields of the sample that the input ignores, each with the reason. */
  readonly unread: readonly string[]
}

/**
 * Makes a source from a sample of its files: the class, a SELECT for each table, the sample as a batch, and a test. It
 * runs the SELECTs on the sample before it writes a file.
 *
 * @throws UsageError if the source exists already, the sample cannot be read, or a table does not exist
 */
export async function newSource(parts: NewSourceParts): Promise<NewSource> {
  const { name, root, date, tables } = parts
  const folder = join('sources', name)
  const batch = join('data', name, compactDate(date))
  const testFile = join('test', parts.kind === 'clone' ? join('sources', `${name}.test.ts`) : `${name}.test.js`)
  const isLanded = existsSync(join(root, batch)) && parts.from.every(path => isInside(path, join(root, batch)))
  const taken = [folder, ...(isLanded ? [] : [batch]), testFile].find(path => existsSync(join(root, path)))
  if (taken !== undefined && parts.force !== true) {
    throw new UsageError(
      `Expected no ${taken} in ${root}, found one. Choose another name, or pass --force to replace what new source writes.`,
    )
  }
  requireTables(tables)
  const samples = await readSamples(parts)
  const levels = samples.flatMap(sample => nestingLevelsOf(sample.name, sample.input))
  return withSample(samples, parts.workRoot, async engine => {
    const { sql, mappings } = await guessSample(engine, samples, levels, parts)
    const unmapped = unmappedColumns(levels, mappings)
    const selects = mappings.map(mapping => ({
      table: mapping.contract.table,
      select: selectText(mapping, sql, [...(unmapped.get(mapping.level) ?? []), ...mapping.level.others]),
    }))
    const readings = numbersReadings(mappings)
    const entities = entityTables(mappings)
    const tried = await trySelects(engine, selects, { numbersReadings: readings, entities }, { source: name, date })
    const filled = selects.map(({ table }) => table)
    const made = [
      {
        path: join(folder, `${name}.${parts.language}`),
        text: classText({
          ...parts,
          source: name,
          inputs: samples,
          numbersReadings: readings,
          entities,
          tables: filled,
          samples: samples.map(({ file }) => file),
        }),
      },
      ...selects.map(({ table, select }) => ({ path: join(folder, `${table}.sql`), text: select })),
      { path: testFile, text: testText({ ...parts, source: name, tables: filled }) },
    ]
    const removed = staleFiles(root, folder, name).filter(path => !made.some(one => one.path === path))
    for (const path of removed) rmSync(join(root, path))
    for (const { path, text } of made) write(join(root, path), text, parts.force === true ? 'w' : 'wx')
    mkdirSync(join(root, batch), { recursive: true })
    for (const { scanned, file } of samples) {
      if (!isInside(scanned.path, join(root, batch))) copyFileSync(scanned.path, join(root, batch, file))
    }
    return {
      removed,
      files: [...made.map(({ path }) => path), ...samples.map(({ file }) => join(batch, file))],
      tried,
      rejected: engine.rejected,
      ...remainingWork(mappings),
      unmapped: [...unmapped].flatMap(([level, names]) => names.map(one => shownName(level, one, samples.length > 1))),
      untimed: missingTimestamps(levels, mappings),
      unread: samples.flatMap(({ unread }) => unread),
    }
  })
}

/** @throws UsageError if a sample cannot be read, two make one input, or the pattern of one matches another */
async function readSamples({ from, name: source, date }: NewSourceParts): Promise<readonly FiledSample[]> {
  const named: NamedFile[] = []
  for (const path of from) {
    const file = basename(path)
    const name = inputNameOf(file)
    const twin = named.find(one => one.name === name || one.file === file)
    if (twin !== undefined) {
      throw new UsageError(
        `Expected one sample of each kind of file, found ${twin.file} and ${file}, which would be one input. Pass only one of them.`,
      )
    }
    named.push({ name, file })
  }
  const patterns = landedPatterns(named, { source, date })
  const samples: FiledSample[] = []
  for (const [index, one] of named.entries()) {
    samples.push({ ...(await readSample(from[index] ?? '', patterns[index] ?? '')), ...one })
  }
  return samples
}

export function requireTables(tables: readonly string[]): void {
  const known = allContracts().map(({ table }) => table)
  const strange = tables.find(table => !known.includes(table))
  if (strange === undefined) return
  throw new UsageError(
    `Expected the name of a table, found ${JSON.stringify(strange)}. The tables are: ${known.join(', ')}.`,
  )
}

export const shownName = (level: NestingLevel, column: string, isOneOfSeveral: boolean): string =>
  level.list === undefined && !isOneOfSeveral ? column : `${level.name}.${column}`

export async function trySelects(
  engine: SampleEngine,
  selects: readonly { readonly table: string; readonly select: string }[],
  { numbersReadings, entities }: Pick<ClassParts, 'numbersReadings' | 'entities'>,
  batch: { readonly source: string; readonly date: string },
): Promise<readonly TriedTable[]> {
  const onConflict = numbersReadings ? { measurements: { number: 'reading_no' } } : {}
  const children = Object.fromEntries(entities.map(table => [table, 'entity' as const]))
  return engine.tryTables({ zone: 'UTC', references: {}, onConflict, rules: {}, children }, selects, batch)
}

/** True if a sample is in this folder already. */
function isInside(path: string, folder: string): boolean {
  return existsSync(path) && existsSync(folder) && dirname(realpathSync(path)) === realpathSync(folder)
}

/** The class and the SELECTs in the folder of a source: a SELECT of a table that a class does not fill would be refused. */
function staleFiles(root: string, folder: string, name: string): readonly string[] {
  if (!existsSync(join(root, folder))) return []
  const names = readdirSync(join(root, folder), { withFileTypes: true }).filter(entry => entry.isFile())
  return names
    .map(entry => entry.name)
    .filter(file => file.endsWith('.sql') || file === `${name}.js` || file === `${name}.ts`)
    .map(file => join(folder, file))
}

function write(path: string, text: string, flag: 'w' | 'wx'): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { flag })
}
