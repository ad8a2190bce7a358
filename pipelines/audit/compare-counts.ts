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
 * Compares two counts of one batch. If the newest run was refused, its counts are compared, and not those of the batch that is
 * still published.
 *
 * @returns one line per table, column of dropped values and rule that occurs in one of them, sorted
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
