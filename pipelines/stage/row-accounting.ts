import type { RecordBatch } from 'apache-arrow'
import { removals, removedFrom, verdictColumns } from '../check/verdict-columns.ts'
import { UsageError } from '../platform/errors.ts'
import { type MarkedTally, markedValues } from './marked-values.ts'
import type { RejectedCandidate, StageTask } from './stage-table.ts'

/** Where the candidates of one table went. */
export interface Tally extends MarkedTally {
  readonly candidates: number
  /** Rows that were encoded for the leaf. */
  readonly encoded: number
  /** Rows for quarantine, by rule. */
  readonly quarantined: Readonly<Record<string, number>>
  /** Rows left out, by rule. */
  readonly removed: Readonly<Record<string, number>>
}

/** Looks at every batch of one table as it comes by. */
export interface Inspector {
  /**
   * Counts the rows of a batch and hands on what goes to quarantine: rows, and values that are dropped of loaded ones.
   *
   * @param encoded how many rows of it the encoder took
   */
  readonly see: (batch: RecordBatch, encoded: number) => Promise<void>
  readonly tally: () => Tally
}

/** Makes the inspector of one table. */
export function inspector(task: StageTask): Inspector {
  let candidates = 0
  let encoded = 0
  const quarantined = new Map<string, number>()
  const removed = new Map<string, number>()
  const marked = markedValues(task.checked)
  return {
    see: async (batch, taken) => {
      candidates += batch.numRows
      encoded += taken
      noteRecords(batch, task)
      const places = [numbers(batch, verdictColumns.file), numbers(batch, verdictColumns.record)] as const
      const dropped = marked.see(batch, ...places)
      const rejected = [...(taken === batch.numRows ? [] : sortOut(batch, task, quarantined, removed)), ...dropped]
      if (rejected.length > 0) await task.onRejected(rejected)
    },
    tally: () => ({
      candidates,
      encoded,
      quarantined: Object.fromEntries(quarantined),
      removed: Object.fromEntries(removed),
      ...marked.tally(),
    }),
  }
}

/** Tells which records came by: the highest of each stretch of one file. */
function noteRecords(batch: RecordBatch, task: StageTask): void {
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

function sortOut(
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
    const verdict = verdicts[row] as number
    if (verdict === 0) continue
    if (verdict >= removedFrom) {
      add(
        removed,
        verdict === removedFrom ? ruleName(task.table, names?.get(row)) : String(removals[verdict - removedFrom]),
      )
      continue
    }
    const rule = task.checked.rules[verdict - 1]
    if (rule === undefined) throw new Error(`${task.table}: verdict ${verdict} has no rule`)
    add(quarantined, rule.rule)
    rejected.push({
      fileNo: files[row] as number,
      recordNo: records[row] as number,
      rule: verdict - 1,
      row: String(texts?.get(row)),
    })
  }
  return rejected
}

/** The name goes into the ledger and onto the screen: a SELECT that gave a value of its row there would leak it. */
function ruleName(table: string, name: unknown): string {
  if (typeof name === 'string' && /^[a-z][a-z0-9_]{0,62}$/.test(name)) return name
  throw new UsageError(
    `The SELECT for ${table} yields a removed_by that is no rule's name: expected lower-case letters, digits and underscores.`,
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
