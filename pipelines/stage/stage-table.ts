import type { RecordBatch } from 'apache-arrow'
import type { Batch } from '../source/batch.ts'
import { type CheckedSelect } from '../check/check-sql.ts'
import { verdictColumns } from '../check/verdict-columns.ts'
import { createCopyEncoder } from './copy/binary.ts'
import { copyIn } from './copy/copy-in.ts'
import { total } from '../contract/counts.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { requireAlive, runNotRunning } from '../ledger/batch-lock.ts'
import type { Session } from '../platform/postgres.ts'
import { errorCode } from '../platform/server-error.ts'
import { quoteIdent } from '../platform/sql.ts'
import type { StagedTable } from '../source/transformer.ts'
import { KeyTwiceError } from '../read/load-strategy.ts'
import { rowAccounting, type RowCounts } from './row-accounting.ts'

/** What staging one table needs. */
export interface StageTask {
  readonly batch: Batch
  /** UUID of the run. */
  readonly runId: string
  readonly table: string
  readonly checked: CheckedSelect
  /** Of visits, the child tables of which the batch says nothing. */
  readonly silentOn?: readonly string[]
  /** Records of separators alone, from which no row was made. They count as removed, by the rule `empty_row`. */
  readonly emptyRows: number
  /** Gets the rows for quarantine while they are streamed. */
  readonly onRejected: (rows: readonly RejectedCandidate[]) => Promise<void>
  /** Gets the number of encoded rows of each Arrow batch. */
  readonly onCopied: (rows: number) => void
  /** Gets a file and the highest record number read from it in a sequence of rows. */
  readonly onRecord: (fileNo: number, recordNo: number) => void
  /** Aborted when another table of the batch has failed. */
  readonly signal: AbortSignal
}

/** A row that goes to quarantine, or a dropped value of a loaded row. */
export interface RejectedCandidate {
  readonly fileNo: number
  readonly recordNo: number
  /** Index into the rules of the checked SELECT. */
  readonly rule: number
  /** JSON object of the row's texts. */
  readonly row: string
  /** The column whose value is dropped; undefined if the whole row is not loaded. */
  readonly dropped?: string
}

/**
 * Streams the accepted rows of one table to a new leaf, then creates its indexes, in one transaction, so that FREEZE
 * works and a crash leaves nothing behind.
 *
 * @param session an idle session that nothing else uses
 * @throws KeyTwiceError if two accepted rows have the same key
 */
export async function stageTable(duckdb: DuckDB, session: Session, task: StageTask): Promise<StagedTable> {
  try {
    await session.query('begin')
    const made = await session.query<{ leaf: string }>('select caseload.stage_table($1, $2, $3) as leaf', [
      task.runId,
      task.table,
      task.silentOn ?? [],
    ])
    const leaf = made.rows[0]?.leaf ?? ''
    const accounting = rowAccounting(task)
    const columns = task.checked.columns.map(quoteIdent).join(', ')
    const statement = `copy caseload_stage.${quoteIdent(leaf)} (${columns}) from stdin (format binary, freeze)`
    const copied = await copyIn(session, statement, payloads(duckdb, task, accounting.addBatch))
    const counts = accounting.counts()
    if (copied !== counts.encoded) {
      throw new Error(`${task.table}: ${counts.encoded} rows were encoded, the server copied ${copied}`)
    }
    const staged = await finishLeaf(session, task, leaf, counts)
    await session.query('commit')
    return staged
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    requireAlive(errorCode(error) !== runNotRunning, task.batch)
    throw errorCode(error) === '23505' ? new KeyTwiceError(task.table) : error
  }
}

/** Creates the indexes of the leaf, or drops an empty leaf: the number of partitions of a server is limited. */
async function finishLeaf(session: Session, task: StageTask, leaf: string, counts: RowCounts): Promise<StagedTable> {
  const loaded = counts.encoded
  const { candidates, quarantined, removed, dropped, droppedRows, droppedOf, warned } = counts
  const recorded = await session.query<{ alive: boolean }>('select caseload.finish_table($1, $2, $3) as alive', [
    task.runId,
    task.table,
    JSON.stringify({
      candidates,
      loaded,
      quarantined: total(quarantined),
      quarantinedBy: quarantined,
      removed,
      dropped,
      warned,
    }),
  ])
  requireAlive(recorded.rows[0]?.alive === true, task.batch)
  const kept = loaded > 0 ? leaf : undefined
  const { table } = task
  return { table, leaf: kept, candidates, loaded, quarantined, removed, dropped, droppedRows, droppedOf, warned }
}

async function* payloads(
  duckdb: DuckDB,
  task: StageTask,
  addBatch: (batch: RecordBatch, encoded: number) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let encoder: ReturnType<typeof createCopyEncoder> | undefined
  for await (const batch of duckdb.stream(task.checked.sql)) {
    task.signal.throwIfAborted()
    if (encoder === undefined) {
      encoder = createCopyEncoder(batch.schema, { columns: task.checked.columns, verdict: verdictColumns.verdict })
      yield encoder.header()
    }
    const { payload, rows } = encoder.encode(batch)
    await addBatch(batch, rows)
    if (rows === 0) continue
    task.onCopied(rows)
    yield payload
  }
  if (encoder !== undefined) yield encoder.trailer()
}
