import type { RecordBatch } from 'apache-arrow'
import { type CheckedSelect } from '../check/check-sql.ts'
import { verdictColumns } from '../check/verdict-columns.ts'
import { ruleKey } from '../contract/rule-actions.ts'
import type { Counts } from '../contract/counts.ts'
import type { RejectedCandidate } from './stage-table.ts'

/** Counts of the values that broke a rule although their rows are loaded, for one table. */
export interface MarkedCounts {
  /** By column and rule. */
  readonly dropped: Counts
  readonly droppedRows: number
  /** Number of all values of each column in `dropped`, if they can be counted. */
  readonly droppedOf: Counts
  /** By column and rule, or the name of a rule across columns. */
  readonly warned: Counts
}

/** Counts the marks of one table while its rows are streamed. */
export interface MarkedValues {
  /** @returns the dropped values, for quarantine */
  readonly addBatch: (
    batch: RecordBatch,
    files: ArrayLike<number>,
    records: ArrayLike<number>,
  ) => readonly RejectedCandidate[]
  readonly counts: () => MarkedCounts
}

export function markedValues({ marks, countable, rules }: CheckedSelect): MarkedValues {
  const dropped = new Map<string, number>()
  const warned = new Map<string, number>()
  const droppedBy = new Map<string, number>()
  const loadedBy = new Map<string, number>()
  let droppedRows = 0
  const countMark = (number: number): { readonly rule: number; readonly column: string } | undefined => {
    const mark = marks[number]
    if (mark === undefined) throw new Error(`unknown mark ${number}`)
    const { kind, column, rule } = mark
    add(kind === 'drop' ? dropped : warned, ruleKey(column, rule), 1)
    if (kind === 'warn' || column === null) return undefined
    add(droppedBy, column, 1)
    const own = rules.findIndex(one => one.rule === rule && one.column === column)
    return { rule: own >= 0 ? own : rules.findIndex(one => one.rule === rule && one.column === null), column }
  }
  return {
    addBatch: (batch, files, records) => {
      for (const column of countable) add(loadedBy, column, batch.numRows - (batch.getChild(column)?.nullCount ?? 0))
      const found = marks.length === 0 ? null : batch.getChild(verdictColumns.marks)
      if (found === null || found.nullCount === batch.numRows) return []
      const texts = batch.getChild(verdictColumns.row)
      const values: RejectedCandidate[] = []
      for (let row = 0; row < batch.numRows; row++) {
        const text: unknown = found.get(row)
        if (typeof text !== 'string') continue
        const place = { fileNo: files[row] as number, recordNo: records[row] as number, row: String(texts?.get(row)) }
        const ofRow = text.split(',').flatMap(number => countMark(Number(number)) ?? [])
        if (ofRow.length > 0) droppedRows++
        values.push(...ofRow.map(({ rule, column }) => ({ ...place, rule, dropped: column })))
      }
      return values
    },
    counts: () => ({
      dropped: Object.fromEntries(dropped),
      droppedRows,
      droppedOf: Object.fromEntries(
        countable.flatMap(column => {
          const gone = droppedBy.get(column)
          return gone === undefined ? [] : [[column, gone + (loadedBy.get(column) ?? 0)]]
        }),
      ),
      warned: Object.fromEntries(warned),
    }),
  }
}

function add(counts: Map<string, number>, name: string, more: number): void {
  counts.set(name, (counts.get(name) ?? 0) + more)
}
