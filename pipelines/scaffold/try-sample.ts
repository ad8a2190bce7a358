import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type CheckedTable, checkTables } from '../check/check-tables.ts'
import { countVerdicts, type RuleCount } from '../check/count-verdicts.ts'
import { type DuckDB, openDuckDB } from '../platform/duckdb.ts'
import { quoteConstant } from '../platform/sql.ts'
import { createRelation } from '../read/create-relation.ts'
import type { RejectedRecord } from '../read/rejected-record.ts'
import type { Transformer } from '../source/transformer.ts'
import { dataTypeFault, misfitOf, withSql } from './column-fit.ts'
import { dateReadingOf } from './date-formats.ts'
import { commasOf } from './decimal-commas.ts'
import { type DoubtfulNames, doubtfulNames } from './header.ts'
import type { GuessParts } from './mapping.ts'
import type { LevelSql, NestingLevel } from './nesting-levels.ts'
import { requireReadable } from './require-records.ts'
import type { Sample } from './sample.ts'

/** How the contract judged the rows that a SELECT made from the sample. */
export interface TriedTable {
  readonly table: string
  readonly rows: number
  readonly inOrder: number
  readonly removed: number
  /** The rules that remove rows, such as `duplicate`, with their counts, the most frequent first. */
  readonly removedBy: readonly { readonly rule: string; readonly rows: number }[]
  /** The rules that rows broke, such as `birth_date pattern`, with their counts, the most frequent first. */
  readonly broken: readonly { readonly rule: string; readonly rows: number }[]
  /** The rules that drop values of valid rows, such as `birth_date range`, with their counts. */
  readonly dropped: readonly { readonly rule: string; readonly rows: number }[]
}

/** A sample and the name of its relation. */
export interface NamedSample extends Sample {
  readonly name: string
}

/** A DuckDB that has read the samples as a run reads a batch. */
export interface SampleEngine {
  /** Number of records that cannot be read, or whose shape is not the inferred one. */
  readonly rejected: number
  /** Words of SQL that must be quoted as names. */
  readonly keywords: ReadonlySet<string>
  /** Counts the column names that look like values: then the first line of the sample is a record, not a header. */
  readonly doubtfulNames: (relation: string, columns: readonly string[]) => Promise<DoubtfulNames>
  /** True if the level has a row: a record, or an element of its list in any record. */
  readonly hasRows: (sql: LevelSql, level: NestingLevel) => Promise<boolean>
  /** Checks a column's values against a column of a table, see {@link misfitOf}. */
  readonly misfit: (sql: LevelSql, ...args: Parameters<GuessParts['misfit']>) => Promise<string | undefined>
  /** The formats of dates in a column, see {@link dateReadingOf}. */
  readonly dateReading: (
    sql: LevelSql,
    ...args: Parameters<GuessParts['dateReading']>
  ) => ReturnType<typeof dateReadingOf>
  /** What the commas in a column's numbers mean, see {@link commasOf}. */
  readonly commas: (sql: LevelSql, ...args: Parameters<GuessParts['commas']>) => ReturnType<typeof commasOf>
  /** Checks whether a column's values are names of data types, see {@link dataTypeFault}. */
  readonly kindFault: (sql: LevelSql, ...args: Parameters<GuessParts['kindFault']>) => Promise<string | undefined>
  /** Runs the SELECTs of all tables and checks their rows against the contracts. */
  readonly tryTables: (
    declared: Pick<Transformer, 'zone' | 'references' | 'onConflict' | 'rules' | 'children'>,
    selects: readonly { readonly table: string; readonly select: string }[],
    batch: { readonly source: string; readonly date: string },
  ) => Promise<readonly TriedTable[]>
}

/**
 * Reads samples as the engine reads a batch, and passes the engine to `work`.
 *
 * @param workRoot folder on a disk, below which a private folder is made and removed
 * @throws UsageError if too few records of a sample can be read
 */
export async function withSample<T>(
  samples: readonly NamedSample[],
  workRoot: string,
  work: (engine: SampleEngine) => Promise<T>,
): Promise<T> {
  const workFolder = mkdtempSync(join(workRoot, 'caseload-sample-'))
  let duckdb: DuckDB | undefined
  try {
    duckdb = await openDuckDB({
      memoryLimit: '256MB',
      threads: 1,
      tempDirectory: workFolder,
      allowedPaths: samples.map(({ scanned }) => scanned.path),
      timeZone: 'UTC',
    })
    let rejected = 0
    for (const [index, { name, input, scanned }] of samples.entries()) {
      const reasons = new Map<string, number>()
      const onReject = ({ reason }: RejectedRecord): Promise<void> => {
        rejected++
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
        return Promise.resolve()
      }
      const firstFileNo = index + 1
      await createRelation({
        duckdb,
        name,
        input,
        files: [scanned],
        firstFileNo,
        workFolder,
        how: 'normalised',
        onReject,
      })
      requireReadable(scanned.name, scanned.records, reasons)
    }
    const relations = samples.map(({ name }) => name)
    return await work(sampleEngine(duckdb, relations, rejected, await keywordsOf(duckdb)))
  } finally {
    duckdb?.close()
    rmSync(workFolder, { recursive: true, force: true })
  }
}

async function keywordsOf(duckdb: DuckDB): Promise<ReadonlySet<string>> {
  const rows = await duckdb.rows(
    `select keyword_name as word from duckdb_keywords() where keyword_category <> 'unreserved'`,
  )
  return new Set(rows.map(row => String(row['word'])))
}

function sampleEngine(
  duckdb: DuckDB,
  relations: readonly string[],
  rejected: number,
  keywords: ReadonlySet<string>,
): SampleEngine {
  return {
    rejected,
    keywords,
    doubtfulNames: (relation, columns) => doubtfulNames(duckdb, relation, columns),
    hasRows: async (sql, level) => {
      const { ctes, from } = sql.reach(level, [], [])
      return (await duckdb.rows(`${withSql(ctes)}select 1 from ${from} limit 1`)).length > 0
    },
    misfit: (sql, level, column, target, as) => misfitOf(duckdb, { sql, level, column }, target, as),
    dateReading: (sql, level, column, target) => dateReadingOf(duckdb, { sql, level, column }, target),
    commas: (sql, level, column) => commasOf(duckdb, { sql, level, column }),
    kindFault: (sql, level, column) => dataTypeFault(duckdb, { sql, level, column }),
    tryTables: async (declared, selects, batch) => {
      await duckdb.run(
        `create or replace view batch as select ${quoteConstant(batch.source)} as source, ${quoteConstant(batch.date)} as batch_date`,
      )
      const checked = await checkTables(
        {
          duckdb,
          batch,
          declared,
          relations,
          isDelivered: () => true,
          mayHoldNul: true,
          mask: () => 'keep',
          keys: 'exact',
        },
        selects,
      )
      return Promise.all(checked.map(table => tried(duckdb, table)))
    },
  }
}

async function tried(duckdb: DuckDB, checked: CheckedTable): Promise<TriedTable> {
  const { rows, loaded, removed, broken, dropped } = await countVerdicts(duckdb, checked)
  const named = ({ column, rule, rows: count }: RuleCount): { readonly rule: string; readonly rows: number } => ({
    rule: [column ?? '', rule].join(' ').trim(),
    rows: count,
  })
  return {
    table: checked.contract.table,
    rows,
    inOrder: loaded,
    removed: removed.reduce((sum, one) => sum + one.rows, 0),
    removedBy: removed.map(named),
    broken: broken.map(named),
    dropped: dropped.map(named),
  }
}
