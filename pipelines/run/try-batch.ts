import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { requireFewBadRows } from '../audit/bad-rows.ts'
import { describeResult, warnings } from '../audit/check-result.ts'
import { fileResults } from '../audit/file-results.ts'
import { requireKeptRows, requireRows } from '../audit/lost-rows.ts'
import type { RuleCount } from '../check/count-verdicts.ts'
import { declaredOf } from '../landing/delivery/claim-files.ts'
import { openBatchLanding } from '../landing/open-batch-landing.ts'
import { openDuckDB } from '../platform/duckdb.ts'
import { RefusedError } from '../platform/errors.ts'
import type { BadRowLimit } from '../source/bad-row-limit.ts'
import type { Batch } from '../source/batch.ts'
import { type Source, selectPath } from '../source/load-source.ts'
import type { LoadedBatch, ReadFile } from '../source/transformer.ts'
import { ProcessEngine } from './batch-engine.ts'
import { checkDelivery } from './stage-tables.ts'
import { Trial, type TriedTable } from './trial.ts'
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
      declared: declaredOf(source),
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
