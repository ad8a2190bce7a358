import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { requireFewBadRows } from '../audit/bad-rows.ts'
import { describeResult, warnings } from '../audit/check-result.ts'
import { fileResults } from '../audit/file-results.ts'
import { requireKeptRows, requireRows } from '../audit/lost-rows.ts'
import type { CheckedTable } from '../check/check-tables.ts'
import { countVerdicts, type RuleCount, type VerdictCounts } from '../check/count-verdicts.ts'
import { removedFrom, verdictColumns } from '../check/verdict-columns.ts'
import type { Counts } from '../contract/counts.ts'
import { ruleKey } from '../contract/rule-actions.ts'
import { openBatchLanding } from '../landing/open-batch-landing.ts'
import type { RejectedRow } from '../ledger/quarantine-row.ts'
import { type DuckDB, openDuckDB } from '../platform/duckdb.ts'
import { RefusedError } from '../platform/errors.ts'
import { quoteIdent } from '../platform/sql.ts'
import { KeyTwiceError } from '../read/load-strategy.ts'
import type { BadRowLimit } from '../source/bad-row-limit.ts'
import type { Batch } from '../source/batch.ts'
import { type Source, selectPath } from '../source/load-source.ts'
import type { LoadedBatch, ReadFile, StagedTable } from '../source/transformer.ts'
import { ProcessEngine, type StageTarget } from './batch-engine.ts'
import type { Delivery } from './read-delivery.ts'
import { checkDelivery } from './stage-tables.ts'
import { makeWorkFolder } from './work-folder.ts'

/** What {@link tryBatch} needs. */
export interface TryOptions {
  readonly batch: Batch
  readonly source: Source
  /** Landing root: absolute, or `s3://bucket/prefix`. */
  readonly landing: string
  readonly workRoot: string
  readonly memoryLimit: string
  readonly threads: number
  readonly badRows: BadRowLimit
  /** Number of example rows of each table and kind; 0 for none, because rows are patients' data. */
  readonly exampleRows: number
  readonly signal: AbortSignal
  readonly onProgress: (stage: string, detail: string) => void
}

/** What a run would make of a delivery. */
export interface TriedBatch {
  readonly batch: Batch
  readonly files: readonly ReadFile[]
  readonly tables: readonly TriedTable[]
  /** Records that are not of the declared form, by input and rule. */
  readonly rejected: readonly (RuleCount & { readonly input: string })[]
  /** What a run would warn of about the files. */
  readonly warnings: readonly string[]
  /** Why a run would refuse the batch; null if it would load it. */
  readonly refusal: string | null
}

/** What became of the rows of one table. */
export interface TriedTable extends Pick<VerdictCounts, 'broken' | 'removed' | 'dropped' | 'warned'> {
  readonly table: string
  /** Rows that its SELECT yields. */
  readonly candidates: number
  readonly loaded: number
  readonly examples: readonly ExampleRow[]
}

/** A row as it would be loaded, or the texts of one that would not be. */
export interface ExampleRow {
  /** The rule that it breaks; null for a row that would be loaded. */
  readonly rule: string | null
  readonly row: Readonly<Record<string, unknown>>
}

/**
 * Reads and checks a delivery as a run does, in this process and in DuckDB alone: no database is asked, nothing is staged.
 * The quality checks, which PostgreSQL runs over staged rows, and what other batches hold are left out.
 *
 * @throws what a run throws before it stages: MissingInputError, RefusedError, UsageError
 */
export async function tryBatch(options: TryOptions): Promise<TriedBatch> {
  const { batch, source, landing, memoryLimit, threads, signal, onProgress } = options
  const declared = source.transformer
  const workFolder = makeWorkFolder(options.workRoot, randomUUID())
  try {
    const landed = await openBatchLanding({
      landing,
      batch,
      declared,
      signal,
      onProgress: detail => {
        onProgress('read', detail)
      },
    })
    const trial = new Trial(options.exampleRows)
    const parts = {
      batch,
      declared,
      delivery: await landed.fetch(workFolder),
      selectPath: (table: string) => selectPath(source, table),
      workFolder,
      mask: () => 'keep' as const,
      masks: false,
      openDuckDB: (allowedPaths: readonly string[]) =>
        openDuckDB({ memoryLimit, threads, tempDirectory: workFolder, allowedPaths, timeZone: 'UTC' }),
      onProgress,
    }
    const engine = new ProcessEngine(parts, {
      stage: async (delivery, candidates, keys) =>
        trial.count(
          delivery,
          await checkDelivery(parts, delivery, candidates, keys, { findsNumbered: false }),
          keys,
          signal,
        ),
      openQuarantine: () => trial.quarantine(),
      discard: rereads => {
        trial.discard(rereads)
        return Promise.resolve()
      },
    })
    try {
      const loaded = await declared.load(engine, source.sql)
      const { files } = loaded
      const warned = warnings(fileResults(loaded, declared.inputs)).map(describeResult)
      const refusal = refusalOf(loaded, options)
      return { batch, files, tables: trial.tables, rejected: trial.rejected, warnings: warned, refusal }
    } finally {
      engine.close()
    }
  } finally {
    rmSync(workFolder, { recursive: true, force: true })
  }
}

/** Why the audit of a run would refuse the batch for its counts. */
function refusalOf(loaded: LoadedBatch, { source, badRows }: TryOptions): string | null {
  const { empty } = source.transformer
  try {
    requireFewBadRows(loaded, badRows, undefined)
    requireRows(loaded, empty, undefined)
    requireKeptRows(loaded, empty, badRows, undefined)
    return null
  } catch (error) {
    if (error instanceof RefusedError) return error.message
    throw error
  }
}

/** The counts of the attempt under way; an attempt that starts again empties them. */
class Trial {
  readonly #exampleRows: number
  #tables: readonly TriedTable[] = []
  #rejected = new Map<string, RuleCount & { readonly input: string }>()

  constructor(exampleRows: number) {
    this.#exampleRows = exampleRows
  }

  get tables(): readonly TriedTable[] {
    return this.#tables
  }

  get rejected(): readonly (RuleCount & { readonly input: string })[] {
    return [...this.#rejected.values()]
  }

  /** @throws KeyTwiceError if two rows that would be loaded may have one key and `keys` is `optimistic` */
  async count(
    { duckdb, relations }: Delivery,
    checked: readonly CheckedTable[],
    keys: Parameters<StageTarget['stage']>[2],
    signal: AbortSignal,
  ): Promise<readonly StagedTable[]> {
    const tables: TriedTable[] = []
    const staged: StagedTable[] = []
    for (const one of checked) {
      signal.throwIfAborted()
      const { table } = one.contract
      const counts = await countVerdicts(duckdb, one)
      if (keys === 'optimistic' && counts.mayHoldKeyTwice) throw new KeyTwiceError(table)
      for (const [fileNo, record] of counts.lastRecords) relations.noteRecord(fileNo, record)
      const { rows: candidates, loaded, broken, removed, dropped, warned } = counts
      const examples = this.#exampleRows === 0 ? [] : await examplesOf(duckdb, one, this.#exampleRows)
      tables.push({ table, candidates, loaded, broken, removed, dropped, warned, examples })
      staged.push(stagedTable(table, counts))
    }
    this.#tables = tables
    return staged
  }

  quarantine(): ReturnType<StageTarget['openQuarantine']> {
    return {
      write: rows => {
        for (const row of rows) this.#reject(row)
        return Promise.resolve()
      },
      commit: () => Promise.resolve(),
      rollback: () => {
        this.discard(true)
        return Promise.resolve()
      },
    }
  }

  discard(rereads: boolean): void {
    this.#tables = []
    if (rereads) this.#rejected.clear()
  }

  #reject({ table, rule, reason }: RejectedRow): void {
    const key = `${table} ${rule} ${reason}`
    const rows = (this.#rejected.get(key)?.rows ?? 0) + 1
    this.#rejected.set(key, { input: table, column: null, rule, rows })
  }
}

/** The counts as a stage gives them. */
function stagedTable(table: string, counts: VerdictCounts): StagedTable {
  const droppedBy = (column: string): number =>
    counts.dropped.reduce((sum, one) => (one.column === column ? sum + one.rows : sum), 0)
  return {
    table,
    leaf: undefined,
    candidates: counts.rows,
    loaded: counts.loaded,
    quarantined: byName(counts.broken, ({ rule }) => rule),
    removed: byName(counts.removed, ({ rule }) => rule),
    dropped: byName(counts.dropped, ({ column, rule }) => ruleKey(column, rule)),
    droppedRows: counts.droppedRows,
    droppedOf: Object.fromEntries(
      Object.entries(counts.values).flatMap(([column, values]) => {
        const gone = droppedBy(column)
        return gone === 0 ? [] : [[column, gone + values] as const]
      }),
    ),
    warned: byName(counts.warned, ({ column, rule }) => ruleKey(column, rule)),
  }
}

function byName(counts: readonly RuleCount[], name: (count: RuleCount) => string): Counts {
  const found = new Map<string, number>()
  for (const one of counts) found.set(name(one), (found.get(name(one)) ?? 0) + one.rows)
  return Object.fromEntries(found)
}

/** The first rows that would be loaded, and the first that would not. */
async function examplesOf(duckdb: DuckDB, { select }: CheckedTable, most: number): Promise<readonly ExampleRow[]> {
  const { verdict, row } = verdictColumns
  const loaded = await duckdb.rows(
    `select ${select.columns.map(quoteIdent).join(', ')} from (\n${select.sql}\n) as checked where ${verdict} = 0 limit ${most}`,
  )
  const broken = await duckdb.rows(
    `select ${verdict} as verdict, ${row} as texts from (\n${select.sql}\n) as checked
where ${verdict} between 1 and ${removedFrom - 1} limit ${most}`,
  )
  return [
    ...loaded.map(values => ({ rule: null, row: values })),
    ...broken.map(({ verdict: number, texts }) => {
      const { column = null, rule = '' } = select.rules[Number(number) - 1] ?? {}
      return { rule: ruleKey(column, rule), row: JSON.parse(String(texts)) as Readonly<Record<string, unknown>> }
    }),
  ]
}
