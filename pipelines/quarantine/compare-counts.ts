import type { QuarantineCount } from './reading.ts'

/** Rows in quarantine of one table and rule, before and after a batch ran again. */
export interface CountChange {
  readonly table_name: string
  readonly rule: string
  readonly before: number
  readonly after: number
}

/**
 * Sets two counts of one batch side by side. Where the newest run was refused, what it found is what counts, and not
 * what the batch still published left out.
 *
 * @returns one line per table and rule that occurs in either, sorted
 */
export function compareCounts(
  before: readonly QuarantineCount[],
  after: readonly QuarantineCount[],
): readonly CountChange[] {
  const was = newestVerdict(before)
  const is = newestVerdict(after)
  const names = new Map([...was, ...is].map(one => [JSON.stringify([one.table_name, one.rule]), one]))
  const rowsOf = (counts: readonly QuarantineCount[], table: string, rule: string): number =>
    counts.find(one => one.table_name === table && one.rule === rule)?.rows ?? 0
  return [...names]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { table_name, rule }]) => ({
      table_name,
      rule,
      before: rowsOf(was, table_name, rule),
      after: rowsOf(is, table_name, rule),
    }))
}

function newestVerdict(counts: readonly QuarantineCount[]): readonly QuarantineCount[] {
  const refused = counts.filter(one => one.state === 'refused')
  return refused.length > 0 ? refused : counts
}
