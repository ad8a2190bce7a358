import type { RecordBatch } from 'apache-arrow'
import { decodeVerdict, verdictColumns } from '../check/verdict-columns.ts'
import { UsageError } from '../platform/errors.ts'
import { type MarkedCounts, markedValues } from './marked-values.ts'
import type { RejectedCandidate, StageTask } from './stage-table.ts'

/** How many candidate rows of one table were loaded, quarantined and removed. */
export interface RowCounts extends MarkedCounts {
  readonly candidates: number
  /** Rows that were encoded for the leaf. */
  readonly encoded: number
  /** By rule. */
  readonly quarantined: Readonly<Record<string, number>>
  /** By rule. */
  readonly removed: Readonly<Record<string, number>>
}

/** Counts the rows of one table while they are streamed. */
export interface RowAccounting {
  /**
   * Counts the rows of a batch, and reports rejected rows and dropped values to `onRejected`.
   *
   * @param encoded number of its rows that were encoded
   */
  readonly addBatch: (batch: RecordBatch, encoded: number) => Promise<void>
  readonly counts: () => RowCounts
}

export function rowAccounting(task: StageTask): RowAccounting {
  let candidates = task.emptyRows
  let encoded = 0
  const quarantined = new Map<string, number>()
  const removed = new Map<string, number>(task.emptyRows > 0 ? [['empty_row', task.emptyRows]] : [])
  const marked = markedValues(task.checked)
  return {
    addBatch: async (batch, encodedRows) => {
      candidates += batch.numRows
      encoded += encodedRows
      reportRecords(batch, task)
      const places = [numbers(batch, verdictColumns.file), numbers(batch, verdictColumns.record)] as const
      const dropped = marked.addBatch(batch, ...places)
      const rows = encodedRows === batch.numRows ? [] : countRejected(batch, task, quarantined, removed)
      const rejected = [...rows, ...dropped]
      if (rejected.length > 0) await task.onRejected(rejected)
    },
    counts: () => ({
      candidates,
      encoded,
      quarantined: Object.fromEntries(quarantined),
      removed: Object.fromEntries(removed),
      ...marked.counts(),
    }),
  }
}

/** Reports the highest record number of each sequence of rows from one file. */
function reportRecords(batch: RecordBatch, task: StageTask): void {
  const files = numbers(batch, verdictColumns.file)
  const records = numbers(batch, verdictColumns.record)
  let highest = 0
  for (let row = 0; row < batch.numRows; row++) {
    const record = records[row] as number
    if (row > 0 && files[row] !== files[row - 1]) {
      task.onRecord(files[row - 1] as number, highest)
      highest = 0
    }
    if (record > highest) highest = record
  }
  if (batch.numRows > 0) task.onRecord(files[batch.numRows - 1] as number, highest)
}

/** Counts the rows with a verdict. @returns the rows for quarantine */
function countRejected(
  batch: RecordBatch,
  task: StageTask,
  quarantined: Map<string, number>,
  removed: Map<string, number>,
): readonly RejectedCandidate[] {
  const verdicts = numbers(batch, verdictColumns.verdict)
  const files = numbers(batch, verdictColumns.file)
  const records = numbers(batch, verdictColumns.record)
  const texts = batch.getChild(verdictColumns.row)
  const names = batch.getChild(verdictColumns.removedBy)
  const rejected: RejectedCandidate[] = []
  for (let row = 0; row < batch.numRows; row++) {
    const verdict = decodeVerdict(verdicts[row] as number)
    if (verdict.kind === 'loaded') continue
    if (verdict.kind === 'removed') {
      add(removed, verdict.by === 'removed_by' ? ruleName(task.table, names?.get(row)) : verdict.by)
      continue
    }
    const rule = task.checked.rules[verdict.rule]
    if (rule === undefined) throw new Error(`${task.table}: no rule ${verdict.rule}`)
    add(quarantined, rule.rule)
    rejected.push({
      fileNo: files[row] as number,
      recordNo: records[row] as number,
      rule: verdict.rule,
      row: String(texts?.get(row)),
    })
  }
  return rejected
}

/** The name goes to the ledger and the screen: a SELECT that yields a delivered value here would leak it. */
function ruleName(table: string, name: unknown): string {
  if (typeof name === 'string' && /^[a-z][a-z0-9_]{0,62}$/.test(name)) return name
  throw new UsageError(
    `The SELECT for ${table} yields a removed_by that is not a rule name: expected lower-case letters, digits and underscores.`,
  )
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function numbers(batch: RecordBatch, column: string): ArrayLike<number> {
  const data = batch.getChild(column)?.data[0]
  if (data === undefined) throw new Error(`the stream has no column ${column}`)
  return (data.values as Int32Array).subarray(0, batch.numRows)
}
