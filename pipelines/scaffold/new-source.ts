import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { compactDate } from '../source/batch.ts'
import { allContracts } from '../contract/tables/contracts.ts'
import { UsageError } from '../platform/errors.ts'
import { classText } from './class-text.ts'
import { guessMappings } from './guess.ts'
import { levelSql, type LevelSql } from './level-sql.ts'
import { requireHeader } from './header.ts'
import { landedPatterns, type NamedFile } from './landed-patterns.ts'
import { type Level, levelsOf } from './levels.ts'
import type { Mapping } from './mapping.ts'
import { readSample } from './sample.ts'
import { inputNameOf } from './sample-name.ts'
import { selectText } from './select.ts'
import { testText } from './test-text.ts'
import { type NamedSample, type SampleEngine, type TriedTable, withSample } from './try-sample.ts'
import { untimedReadings } from './untimed-readings.ts'

/** What a new source is made from, and where. */
export interface NewSourceParts {
  /** Its name, without a site. */
  readonly name: string
  /** Paths of the samples, one file of each kind that a delivery has. */
  readonly from: readonly string[]
  /** `yyyy-mm-dd`, the day under which the sample lands. */
  readonly date: string
  /** Tables to fill; empty: a guess. */
  readonly tables: readonly string[]
  /** Folder that gets `sources/`, `data/` and `test/`: a clone of Caseload, or a project. */
  readonly root: string
  readonly kind: 'clone' | 'project'
  readonly language: 'ts' | 'js'
  /** Folder on a disk for what DuckDB spills. */
  readonly workRoot: string
}

/** What was made. Names of columns, never a value. */
export interface NewSource {
  /** Paths below the root, in the order in which a person reads them. */
  readonly files: readonly string[]
  /** What became of the sample's rows when the SELECTs were tried on it. */
  readonly tried: readonly TriedTable[]
  /** Records that have not the shape of the others, or cannot be read. */
  readonly rejected: number
  /** Columns that every row needs and that nothing fills, as `visits.visit_id`. */
  readonly missing: readonly string[]
  /** Columns that look like one of a table and whose values do not fit, as `gender (patients.gender)`. */
  readonly misfits: readonly string[]
  /** All other columns of the sample that fill no table. */
  readonly unmapped: readonly string[]
  /** Why columns that look like readings became none: a sentence each. */
  readonly untimed: readonly string[]
  /** Fields of the sample that the input ignores, each with the reason. */
  readonly unread: readonly string[]
}

/**
 * Makes a source from a sample of its files: the class, a SELECT for each table, the sample as a batch, and a test. Nothing
 * is written before everything was tried on the sample.
 *
 * @throws UsageError if the source is there already, the sample cannot be read, or a table does not exist
 */
export async function newSource(parts: NewSourceParts): Promise<NewSource> {
  const { name, root, date, tables } = parts
  const folder = join('sources', name)
  const batch = join('data', name, compactDate(date))
  const testFile = join('test', parts.kind === 'clone' ? join('sources', `${name}.test.ts`) : `${name}.test.js`)
  for (const path of [folder, batch, testFile]) {
    if (existsSync(join(root, path))) {
      throw new UsageError(`Expected no ${path} in ${root} yet, and it is there. Remove it, or take another name.`)
    }
  }
  requireTables(tables)
  const samples = await readSamples(parts)
  const levels = samples.flatMap(sample => levelsOf(sample.name, sample.input))
  return withSample(samples, parts.workRoot, async engine => {
    for (const { name: relation, file, input } of samples) {
      if (input.format === 'csv') requireHeader(await engine.doubtfulNames(relation, input.columns), file)
    }
    const sql = levelSql(engine.keywords)
    const mappings = await guessMappings({
      levels: await levelsWithRows(engine, sql, levels),
      contracts: allContracts(),
      asked: tables,
      // Of several files each says by its own name what it is about.
      about: samples.length === 1 ? [name] : [],
      misfit: (...asked) => engine.misfit(sql, ...asked),
      kindFault: (...asked) => engine.kindFault(sql, ...asked),
    })
    const unmapped = unmappedColumns(levels, mappings)
    const selects = mappings.map(mapping => ({
      table: mapping.contract.table,
      select: selectText(mapping, sql, [...(unmapped.get(mapping.level) ?? []), ...mapping.level.others]),
    }))
    const numbersReadings = mappings.some(
      ({ contract, values }) => contract.table === 'measurements' && values.get('reading_no')?.kind === 'constant',
    )
    const tried = await tryThem(engine, selects, numbersReadings, { source: name, date })
    const filled = selects.map(({ table }) => table)
    const made = [
      {
        path: join(folder, `${name}.${parts.language}`),
        text: classText({
          ...parts,
          source: name,
          inputs: samples,
          numbersReadings,
          tables: filled,
          samples: samples.map(({ file }) => file),
        }),
      },
      ...selects.map(({ table, select }) => ({ path: join(folder, `${table}.sql`), text: select })),
      { path: testFile, text: testText({ ...parts, source: name, tables: filled }) },
    ]
    for (const { path, text } of made) write(join(root, path), text)
    mkdirSync(join(root, batch), { recursive: true })
    for (const { scanned, file } of samples) copyFileSync(scanned.path, join(root, batch, file))
    return {
      files: [...made.map(({ path }) => path), ...samples.map(({ file }) => join(batch, file))],
      tried,
      rejected: engine.rejected,
      ...leftToDo(mappings),
      unmapped: [...unmapped].flatMap(([level, names]) => names.map(one => shownName(level, one, samples.length > 1))),
      untimed: untimedReadings(levels, mappings),
      unread: samples.flatMap(({ unread }) => unread),
    }
  })
}

interface LandedSample extends NamedSample {
  /** Its name in the landing folder. */
  readonly file: string
}

/** @throws UsageError if one of them cannot be read, two would make one input, or one would take the file of another */
async function readSamples({ from, name: source, date }: NewSourceParts): Promise<readonly LandedSample[]> {
  const named: NamedFile[] = []
  for (const path of from) {
    const file = basename(path)
    const name = inputNameOf(file)
    const twin = named.find(one => one.name === name || one.file === file)
    if (twin !== undefined) {
      throw new UsageError(
        `Expected one sample of each kind of file, found ${twin.file} and ${file}, which would be one input. Give one of them.`,
      )
    }
    named.push({ name, file })
  }
  const patterns = landedPatterns(named, { source, date })
  const samples: LandedSample[] = []
  for (const [index, one] of named.entries()) {
    samples.push({ ...(await readSample(from[index] ?? '', patterns[index] ?? '')), ...one })
  }
  return samples
}

function requireTables(tables: readonly string[]): void {
  const known = allContracts().map(({ table }) => table)
  const strange = tables.find(table => !known.includes(table))
  if (strange === undefined) return
  throw new UsageError(`Expected a table, there is no ${JSON.stringify(strange)}. There are: ${known.join(', ')}.`)
}

/** A list that is empty in every record makes no row of a table. */
async function levelsWithRows(
  engine: SampleEngine,
  sql: LevelSql,
  levels: readonly Level[],
): Promise<readonly Level[]> {
  const filled: Level[] = []
  for (const level of levels) if (await engine.hasRows(sql, level)) filled.push(level)
  return filled
}

function unmappedColumns(
  levels: readonly Level[],
  mappings: readonly Mapping[],
): ReadonlyMap<Level, readonly string[]> {
  const used = mappings.flatMap(({ values, readings, misfits }) => [
    ...[...values.values()].flatMap(value => (value.kind === 'column' ? [value.column] : [])),
    ...readings.map(({ column }) => column),
    ...misfits.map(({ column }) => column),
  ])
  return new Map(
    levels.map(level => [level, level.columns.filter(column => !used.includes(column)).map(column => column.name)]),
  )
}

const shownName = (level: Level, column: string, isOneOfSeveral: boolean): string =>
  level.list === undefined && !isOneOfSeveral ? column : `${level.name}.${column}`

function leftToDo(mappings: readonly Mapping[]): Pick<NewSource, 'missing' | 'misfits'> {
  return {
    missing: mappings.flatMap(({ contract, values }) =>
      [...values].flatMap(([column, value]) => (value.kind === 'missing' ? [`${contract.table}.${column}`] : [])),
    ),
    misfits: mappings.flatMap(({ contract, misfits }) =>
      misfits.map(({ target, column, words }) => `${column.name} as ${contract.table}.${target}: ${words}`),
    ),
  }
}

async function tryThem(
  engine: SampleEngine,
  selects: readonly { readonly table: string; readonly select: string }[],
  numbersReadings: boolean,
  batch: { readonly source: string; readonly date: string },
): Promise<readonly TriedTable[]> {
  const onConflict = numbersReadings ? { measurements: { number: 'reading_no' } } : {}
  return engine.tryTables({ zone: 'UTC', references: {}, onConflict, rules: {} }, selects, batch)
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { flag: 'wx' })
}
