import type { RecordBatch } from 'apache-arrow'
import { type Batch, leafName } from '../batch.ts'
import { createCopyEncoder } from '../copy/binary.ts'
import { type CheckedSelect, verdictColumn } from '../contract/check-sql.ts'
import type { DuckDB } from '../duckdb.ts'
import { LockedError, RefusedError } from '../errors.ts'
import { findKeyTwice, type KeyTwice } from './duplicates.ts'
import { copyIn } from '../copy/copy-in.ts'
import { errorCode, type Session } from '../postgres.ts'
import { quoteIdent } from '../sql.ts'
import type { StagedTable } from '../transformer.ts'

/** What staging one table needs. */
export interface StageTask {
  readonly batch: Batch
  /** UUID of the run. */
  readonly runId: string
  readonly table: string
  readonly checked: CheckedSelect
  /** The table's clinical key. */
  readonly key: readonly string[]
  /** Name of a file by its number in a relation, for messages. */
  readonly fileName: (fileNo: number) => string
  /** Told a file and the highest of some records of it that were read. */
  readonly onRecord: (fileNo: number, recordNo: number) => void
}

/**
 * Streams the accepted rows of one table into a new leaf: rows first, indexes after, all in one transaction, so that
 * FREEZE holds and a crash leaves nothing behind.
 *
 * @param session of its own, idle
 * @throws RefusedError if a row breaks the contract or two rows have one key
 */
export async function stageTable(duckdb: DuckDB, session: Session, task: StageTask): Promise<StagedTable> {
  const leaf = leafName(task.table, task.batch, task.runId)
  try {
    await session.query('begin')
    await session.query('select caseload.create_leaf($1, $2, $3, $4)', [
      task.table,
      leaf,
      task.batch.source,
      task.batch.date,
    ])
    const counts = { candidates: 0, encoded: 0 }
    const columns = task.checked.columns.map(quoteIdent).join(', ')
    const statement = `copy caseload_stage.${quoteIdent(leaf)} (${columns}) from stdin (format binary, freeze)`
    const copied = await copyIn(session, statement, payloads(duckdb, task, counts))
    if (copied !== counts.encoded) {
      throw new Error(`${task.table}: ${counts.encoded} rows were encoded, the server copied ${copied}`)
    }
    const staged = await finishLeaf(session, task, leaf, counts.candidates, copied)
    await session.query('commit')
    if (staged.leaf !== undefined) await session.query(`analyze caseload_stage.${quoteIdent(leaf)}`)
    return staged
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    if (errorCode(error) !== '23505') throw error
    throw new RefusedError(await keyTwiceWords(duckdb, task))
  }
}

async function keyTwiceWords(duckdb: DuckDB, task: StageTask): Promise<string> {
  const found = await findKeyTwice(duckdb, task.checked, task.key)
  const at = (place: KeyTwice['first']): string => `record ${place.record} of ${task.fileName(place.file)}`
  const where = found === undefined ? '' : `, at ${at(found.first)} and ${at(found.second)}`
  return (
    `${task.table}: two rows have one key (${task.key.join(', ')})${where}. Deliver each record once; what was published ` +
    'before is unchanged.'
  )
}

/** Indexes the leaf, or drops it where it is empty: most partitions a server can hold are better spent on rows. */
async function finishLeaf(
  session: Session,
  task: StageTask,
  leaf: string,
  candidates: number,
  loaded: number,
): Promise<StagedTable> {
  if (loaded > 0) await session.query('select caseload.index_leaf($1, $2)', [task.table, leaf])
  else await session.query(`drop table caseload_stage.${quoteIdent(leaf)}`)
  const kept = loaded > 0 ? leaf : undefined
  const staged = { table: task.table, leaf: kept, candidates, loaded, quarantined: {}, removed: {} }
  // FOR SHARE makes whoever declares this run dead wait for this transaction, and so drop the leaf; one that comes after
  // finds the run no longer running. Without it, a stage that was about to commit when its command died left a leaf.
  const recorded = await session.query(
    `insert into caseload.tables (run_id, table_name, leaf, candidates, loaded, quarantined, removed)
     select r.run_id, $2, $3, $4, $5, $6, $7
     from caseload.runs as r
     where r.run_id = $1
       and r.status = 'running'
     for share`,
    [task.runId, task.table, kept ?? null, candidates, loaded, candidates - loaded, '{}'],
  )
  if (recorded.rowCount !== 1) {
    throw new LockedError(`This run was declared dead by another run of ${task.batch.source} ${task.batch.date}.`)
  }
  return staged
}

async function* payloads(
  duckdb: DuckDB,
  task: StageTask,
  counts: { candidates: number; encoded: number },
): AsyncGenerator<Uint8Array> {
  let encoder: ReturnType<typeof createCopyEncoder> | undefined
  for await (const batch of duckdb.stream(task.checked.sql)) {
    inspect(batch, task)
    if (encoder === undefined) {
      encoder = createCopyEncoder(batch.schema, { columns: task.checked.columns, verdict: verdictColumn })
      yield encoder.header()
    }
    const { payload, rows } = encoder.encode(batch)
    counts.candidates += batch.numRows
    counts.encoded += rows
    if (rows > 0) yield payload
  }
  if (encoder !== undefined) yield encoder.trailer()
}

/** Notes which records came by and stops at the first row that broke its contract. */
function inspect(batch: RecordBatch, task: StageTask): void {
  const verdicts = values(batch, verdictColumn)
  const files = values(batch, 'file_no')
  const records = values(batch, 'record_no')
  let highest = 0
  for (let row = 0; row < batch.numRows; row++) {
    const record = records[row] ?? 0
    if (verdicts[row] !== 0) throw refused(task, verdicts[row] ?? 0, files[row] ?? 0, record)
    if (row > 0 && files[row] !== files[row - 1]) {
      task.onRecord(files[row - 1] ?? 0, highest)
      highest = 0
    }
    if (record > highest) highest = record
  }
  if (batch.numRows > 0) task.onRecord(files[batch.numRows - 1] ?? 0, highest)
}

function values(batch: RecordBatch, column: string): ArrayLike<number> {
  const data = batch.getChild(column)?.data[0]
  if (data === undefined) throw new Error(`the stream has no column ${column}`)
  return (data.values as Int32Array).subarray(0, batch.numRows)
}

const ruleWords: Readonly<Record<string, string>> = {
  required: 'is missing',
  length: 'is too short or too long',
  nul: 'holds a NUL character',
  pattern: 'does not have the expected form',
  one_of: 'is none of the allowed words',
  cast: 'is no value of its type',
  dst_gap: 'is a local time that the clocks skipped',
}

function refused(task: StageTask, verdict: number, file: number, record: number): RefusedError {
  const rule = task.checked.rules[verdict - 1]
  if (rule === undefined) throw new Error(`${task.table}: verdict ${verdict} has no rule`)
  return new RefusedError(
    `${task.table}.${rule.column} ${ruleWords[rule.rule] ?? rule.rule} (rule ${rule.rule}) at record ${record} of ` +
      `${task.fileName(file)}. Correct the record and run the batch again; what was published before is unchanged.`,
  )
}
