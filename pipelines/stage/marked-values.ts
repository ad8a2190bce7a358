import type { RecordBatch } from 'apache-arrow'
import { type CheckedSelect } from '../check/check-sql.ts'
import { verdictColumns } from '../check/verdict-columns.ts'
import { ruleKey } from '../contract/rule-actions.ts'
import type { Counts } from '../contract/counts.ts'
import type { RejectedCandidate } from './stage-table.ts'

/** What became of the values of one table that broke a rule and whose rows are loaded. */
export interface MarkedTally {
  /** By column and rule. */
  readonly dropped: Counts
  readonly droppedRows: number
  /** Values that came by of each column in `dropped`, where they can be counted. */
  readonly droppedOf: Counts
  /** By column and rule, or the name of a rule across columns. */
  readonly warned: Counts
}

/** Counts the marks of one table as its rows come by. */
export interface MarkedValues {
  /** @returns the dropped values, for quarantine */
  readonly see: (
    batch: RecordBatch,
    files: ArrayLike<number>,
    records: ArrayLike<number>,
  ) => readonly RejectedCandidate[]
  readonly tally: () => MarkedTally
}

/** Makes the counter; over a SELECT without marks it does nothing. */
export function markedValues({ marks, countable, rules }: CheckedSelect): MarkedValues {
  const dropped = new Map<string, number>()
  const warned = new Map<string, number>()
  const droppedBy = new Map<string, number>()
  const loadedBy = new Map<string, number>()
  let droppedRows = 0
  const note = (number: number): { readonly rule: number; readonly column: string } | undefined => {
    const mark = marks[number]
    if (mark === undefined) throw new Error(`there is no mark ${number}`)
    const { kind, column, rule } = mark
    add(kind === 'drop' ? dropped : warned, ruleKey(column, rule), 1)
    if (kind === 'warn' || column === null) return undefined
    add(droppedBy, column, 1)
    const own = rules.findIndex(one => one.rule === rule && one.column === column)
    return { rule: own >= 0 ? own : rules.findIndex(one => one.rule === rule && one.column === null), column }
  }
  return {
    see: (batch, files, records) => {
      for (const column of countable) add(loadedBy, column, batch.numRows - (batch.getChild(column)?.nullCount ?? 0))
      const found = marks.length === 0 ? null : batch.getChild(verdictColumns.marks)
      if (found === null || found.nullCount === batch.numRows) return []
      const texts = batch.getChild(verdictColumns.row)
      const values: RejectedCandidate[] = []
      for (let row = 0; row < batch.numRows; row++) {
        const text: unknown = found.get(row)
        if (typeof text !== 'string') continue
        const place = { fileNo: files[row] as number, recordNo: records[row] as number, row: String(texts?.get(row)) }
        const ofRow = text.split(',').flatMap(number => note(Number(number)) ?? [])
        if (ofRow.length > 0) droppedRows++
        values.push(...ofRow.map(({ rule, column }) => ({ ...place, rule, dropped: column })))
      }
      return values
    },
    tally: () => ({
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
