import { allContracts } from '../contract/tables/contracts.ts'
import { guessMappings } from './guess.ts'
import { requireHeader } from './header.ts'
import type { Mapping } from './mapping.ts'
import { levelSql, type LevelSql, type NestingLevel } from './nesting-levels.ts'
import type { NamedSample, SampleEngine } from './try-sample.ts'

/** A sample, and the name of its file. */
export interface FiledSample extends NamedSample {
  /** Its name in the landing folder. */
  readonly file: string
}

/** What the columns of the samples may fill. */
export interface SampleGuess {
  readonly sql: LevelSql
  readonly mappings: readonly Mapping[]
}

/**
 * Guesses which tables some samples fill, from the levels of their records.
 *
 * @param tables to fill; empty: a guess
 * @param name of the source
 * @throws UsageError if the first line of a CSV looks like a record
 */
export async function guessSample(
  engine: SampleEngine,
  samples: readonly FiledSample[],
  levels: readonly NestingLevel[],
  { name, tables }: { readonly name: string; readonly tables: readonly string[] },
): Promise<SampleGuess> {
  for (const { name: relation, file, input } of samples) {
    if (input.format === 'csv') requireHeader(await engine.doubtfulNames(relation, input.columns), file)
  }
  const sql = levelSql(engine.keywords)
  const mappings = await guessMappings({
    levels: await levelsWithRows(engine, sql, levels),
    contracts: allContracts(),
    asked: tables,
    // If there are several samples, only each file's own name says what it is about.
    about: samples.length === 1 ? [name] : [],
    misfit: (...args) => engine.misfit(sql, ...args),
    dateReading: (...args) => engine.dateReading(sql, ...args),
    commas: (...args) => engine.commas(sql, ...args),
    kindFault: (...args) => engine.kindFault(sql, ...args),
  })
  return { sql, mappings }
}

/** True if Caseload numbers readings with the same key, because the sample has no number for them. */
export function numbersReadings(mappings: readonly Mapping[]): boolean {
  return mappings.some(
    ({ contract, values }) => contract.table === 'measurements' && values.get('reading_no')?.kind === 'constant',
  )
}

/** Leaves out the lists that are empty in every record. */
async function levelsWithRows(
  engine: SampleEngine,
  sql: LevelSql,
  levels: readonly NestingLevel[],
): Promise<readonly NestingLevel[]> {
  const filled: NestingLevel[] = []
  for (const level of levels) if (await engine.hasRows(sql, level)) filled.push(level)
  return filled
}
