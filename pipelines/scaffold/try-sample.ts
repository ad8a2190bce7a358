import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type CheckedTable, checkTables } from '../check/check-tables.ts'
import { type CheckedSelect } from '../check/check-sql.ts'
import { decodeVerdict, verdictColumns } from '../check/verdict-columns.ts'
import { type DuckDB, openDuckDB } from '../platform/duckdb.ts'
import { quoteConstant, quoteIdent } from '../platform/sql.ts'
import { createRelation } from '../read/create-relation.ts'
import type { RejectedRecord } from '../read/rejected-record.ts'
import type { Transformer } from '../source/transformer.ts'
import { dataTypeFault, misfitOf, withSql } from './column-fit.ts'
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
  /** Checks whether a column's values are names of data types, see {@link dataTypeFault}. */
  readonly kindFault: (sql: LevelSql, ...args: Parameters<GuessParts['kindFault']>) => Promise<string | undefined>
  /** Runs the SELECTs of all tables and checks their rows against the contracts. */
  readonly tryTables: (
    declared: Pick<Transformer, 'zone' | 'references' | 'onConflict' | 'rules'>,
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

async function tried(duckdb: DuckDB, { contract, select }: CheckedTable): Promise<TriedTable> {
  const columns = await duckdb.rows(`describe ${select.sql}`)
  const yieldsRule = columns.some(column => column['column_name'] === verdictColumns.removedBy)
  const dropped = select.marks.length === 0 ? [] : await droppedOf(duckdb, select)
  const found = await duckdb.rows(
    `select ${quoteIdent(verdictColumns.verdict)} as verdict, ${yieldsRule ? quoteIdent(verdictColumns.removedBy) : 'null'} as removed_by,
       count(*) as rows
     from (${select.sql})
     group by all
     order by rows desc`,
  )
  const rows = found.map(row => ({
    verdict: Number(row['verdict']),
    removedBy: String(row['removed_by']),
    rows: Number(row['rows']),
  }))
  const count = (isIn: (verdict: number) => boolean): number =>
    rows.reduce((sum, row) => (isIn(row.verdict) ? sum + row.rows : sum), 0)
  return {
    table: contract.table,
    rows: count(() => true),
    inOrder: count(one => one === 0),
    removed: count(one => decodeVerdict(one).kind === 'removed'),
    removedBy: rows.flatMap(row => {
      const verdict = decodeVerdict(row.verdict)
      if (verdict.kind !== 'removed') return []
      return [{ rule: verdict.by === 'removed_by' ? row.removedBy : verdict.by, rows: row.rows }]
    }),
    broken: rows.flatMap(row => {
      const rule = select.rules[row.verdict - 1]
      return rule === undefined ? [] : [{ rule: [rule.column ?? '', rule.rule].join(' ').trim(), rows: row.rows }]
    }),
    dropped,
  }
}

/** Splits the marks in JavaScript: DuckDB refuses an `unnest` above a SELECT that has one itself. */
async function droppedOf(duckdb: DuckDB, { sql, marks }: CheckedSelect): Promise<TriedTable['dropped']> {
  const column = quoteIdent(verdictColumns.marks)
  const found = await duckdb.rows(
    `select ${column} as marks, count(*) as rows from (${sql}) where ${column} is not null group by all`,
  )
  const rowsOf = (mark: number): number =>
    found.reduce((sum, { marks: listed, rows }) => {
      const has = String(listed).split(',').includes(String(mark))
      return has ? sum + Number(rows) : sum
    }, 0)
  return marks
    .map(({ kind, column: name, rule }, mark) => ({ kind, rule: `${name ?? ''} ${rule}`, rows: rowsOf(mark) }))
    .filter(({ kind, rows }) => kind === 'drop' && rows > 0)
    .map(({ rule, rows }) => ({ rule, rows }))
    .sort((one, other) => other.rows - one.rows)
}
