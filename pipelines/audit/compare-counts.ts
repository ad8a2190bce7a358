import type { QuarantineCount } from '../ledger/read-quarantine.ts'

/** Rows in quarantine, or values dropped, of one table and rule, before and after a batch ran again. */
export interface CountChange {
  readonly table_name: string
  /** The column whose values are dropped; null where whole rows are not loaded. */
  readonly column_name: string | null
  readonly rule: string
  readonly before: number
  readonly after: number
}

/**
 * Sets two counts of one batch side by side. Where the newest run was refused, what it found is what counts, and not
 * what the batch still published left out.
 *
 * @returns one line per table, column of dropped values and rule that occurs in either, sorted
 */
export function compareCounts(
  before: readonly QuarantineCount[],
  after: readonly QuarantineCount[],
): readonly CountChange[] {
  const was = newestVerdict(before)
  const is = newestVerdict(after)
  const names = new Map([...was, ...is].map(one => [JSON.stringify(keyOf(one)), one]))
  const rowsOf = (counts: readonly QuarantineCount[], key: string): number =>
    counts.find(one => JSON.stringify(keyOf(one)) === key)?.rows ?? 0
  return [...names]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { table_name, column_name, rule }]) => ({
      table_name,
      column_name,
      rule,
      before: rowsOf(was, key),
      after: rowsOf(is, key),
    }))
}

const keyOf = ({ table_name, rule, column_name }: QuarantineCount): readonly unknown[] => [
  table_name,
  rule,
  column_name,
]

function newestVerdict(counts: readonly QuarantineCount[]): readonly QuarantineCount[] {
  const refused = counts.filter(one => one.state === 'refused')
  return refused.length > 0 ? refused : counts
}
