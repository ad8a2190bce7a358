import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type ContractColumn, isIdentifier } from '../contract/contract.ts'
import { wordsOf } from '../contract/column-checks.ts'
import { cleanIdentifierSql } from '../contract/identifier.ts'
import { columnPredicates } from '../check/predicates.ts'
import { type CheckedSelect } from '../check/check-sql.ts'
import { decodeVerdict, verdictColumns } from '../check/verdict-columns.ts'
import { type DuckDB, openDuckDB } from '../platform/duckdb.ts'
import { type CheckedTable, checkTables } from '../check/check-tables.ts'
import { createRelation } from '../read/create-relation.ts'
import type { RejectedRecord } from '../read/rejected-record.ts'
import { quoteConstant, quoteIdent } from '../platform/sql.ts'
import type { Transformer } from '../source/transformer.ts'
import { type DoubtfulNames, doubtfulNames } from './header.ts'
import type { LevelSql } from './level-sql.ts'
import type { Level, SourceColumn } from './levels.ts'
import { kindOfValue } from './kind-of-value.ts'
import type { Reading } from './mapping.ts'
import { requireReadable } from './readable.ts'
import { readingSql } from './reading-sql.ts'
import type { Sample } from './sample.ts'

/** What became of the rows that a SELECT made of the sample. */
export interface TriedTable {
  readonly table: string
  readonly rows: number
  readonly inOrder: number
  readonly removed: number
  /** The rules by which rows are removed, such as `duplicate`, the most frequent first, with their counts. */
  readonly removedBy: readonly { readonly rule: string; readonly rows: number }[]
  /** The rules that the others broke, as `birth_date pattern`, the most frequent first, with their counts. */
  readonly broken: readonly { readonly rule: string; readonly rows: number }[]
  /** Values of rows in order that are not loaded, as `birth_date range`, with their counts. */
  readonly dropped: readonly { readonly rule: string; readonly rows: number }[]
}

/** A sample and the name of the relation that is made of it. */
export interface NamedSample extends Sample {
  readonly name: string
}

/** Samples in an engine of their own, as a batch would read them. */
export interface SampleEngine {
  /** Records that have not the shape that was inferred, or cannot be read. */
  readonly rejected: number
  /** Words of SQL that are quoted where they are names. */
  readonly keywords: ReadonlySet<string>
  /** Names of columns that look as if the first line of the sample was a record, and no header. */
  readonly doubtfulNames: (relation: string, columns: readonly string[]) => Promise<DoubtfulNames>
  /** True if some record has an element of the list of this level, or is a row itself. */
  readonly hasRows: (sql: LevelSql, level: Level) => Promise<boolean>
  /** Says what is wrong with the values of a column, if more than a few are not what a column of a table takes. */
  readonly misfit: (
    sql: LevelSql,
    level: Level,
    column: SourceColumn,
    target: ContractColumn,
    as: Reading,
  ) => Promise<string | undefined>
  /** Says that a column's values are kinds of values, such as `numeric`. */
  readonly kindFault: (sql: LevelSql, level: Level, column: SourceColumn) => Promise<string | undefined>
  /** Runs the SELECTs of all tables and judges their rows by their contracts. */
  readonly tryTables: (
    declared: Pick<Transformer, 'zone' | 'references' | 'onConflict' | 'rules'>,
    selects: readonly { readonly table: string; readonly select: string }[],
    batch: { readonly source: string; readonly date: string },
  ) => Promise<readonly TriedTable[]>
}

/** So many values of a column are looked at. */
const lookedAt = 5000
/** A feed has errors, which the contract finds; a column of another kind has little else. */
const mostMisfits = 0.25

/**
 * Reads samples as the engine reads a batch, and hands it to some work.
 *
 * @param workRoot folder on a disk, below which a private folder is made and removed
 * @throws UsageError where too few records of a sample can be read
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
    misfit: async (sql, level, column, target, as) => {
      const raw = sql.column(level, column)
      const { ctes, from } = sql.reach(level, [], [])
      const values = `select ${readingSql(raw, as)} as raw from ${from} where coalesce(${raw}, '') <> '' limit ${lookedAt}`
      return misfitOf(duckdb, target, ctes, values)
    },
    kindFault: async (sql, level, column) => {
      const { ctes, from } = sql.reach(level, [], [])
      const raw = sql.column(level, column)
      const values = `select ${raw} as raw from ${from} where coalesce(${raw}, '') <> '' limit ${lookedAt}`
      const found = await duckdb.rows(`${withSql(ctes)}${kindOfValue.sql(values)}`)
      return found.length > 0 ? kindOfValue.words : undefined
    },
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

const withSql = (ctes: readonly string[]): string => (ctes.length === 0 ? '' : `with ${ctes.join(', ')} `)

/** @param values SELECT of texts, as `raw` */
async function misfitOf(
  duckdb: DuckDB,
  target: ContractColumn,
  ctes: readonly string[],
  values: string,
): Promise<string | undefined> {
  const predicates = columnPredicates(target, 'raw', { zone: 'UTC', mayHoldNul: true })
  const clean = isIdentifier(target) ? `select ${cleanIdentifierSql('raw')} as raw from (${values})` : values
  const cases = predicates.map(({ broken }, index) => `when ${broken} then ${index}`)
  const verdict = `case ${cases.join(' ')} else -1 end`
  const rows = await duckdb.rows(
    `${withSql(ctes)}select ${verdict} as verdict, count(*) as rows from (${clean}) group by 1 order by 2 desc`,
  )
  const all = rows.reduce((sum, row) => sum + Number(row['rows']), 0)
  const bad = rows.filter(row => Number(row['verdict']) >= 0)
  const broken = bad.reduce((sum, row) => sum + Number(row['rows']), 0)
  if (broken <= all * mostMisfits) return undefined
  const rule = predicates[Number(bad[0]?.['verdict'])]?.rule
  const check = target.checks.find(one => one.rule === rule)
  return check === undefined ? 'breaks the contract' : wordsOf(check)
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

/** Splits the marks here: DuckDB refuses an `unnest` beside one of the SELECT below it. */
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
