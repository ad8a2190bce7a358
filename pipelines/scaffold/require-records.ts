import { defaultBadRowLimit } from '../source/bad-row-limit.ts'
import { UsageError } from '../platform/errors.ts'

/** So many reasons are named. */
const mostReasons = 2

/** @throws UsageError where a sample has no record: nothing is known of its columns, and its test would have none to run */
export function requireRecords(records: number, file: string): void {
  if (records > 0) return
  throw new UsageError(
    `Expected records in ${file}, found none. The columns are known by their values, and the test of the source runs them: ` +
      'take a delivery of another day.',
  )
}

/**
 * Refuses a sample of which no record can be read, or more cannot be than a run allows: a source made of it could not be
 * run, and most likely its header was misread.
 *
 * @param file name of the sample
 * @param records how many it has
 * @param unreadable how many of them cannot be read, by reason: words that hold no value
 * @throws UsageError with the numbers and the reasons
 */
export function requireReadable(file: string, records: number, unreadable: ReadonlyMap<string, number>): void {
  requireRecords(records, file)
  const bad = [...unreadable.values()].reduce((sum, count) => sum + count, 0)
  const isTooMany = defaultBadRowLimit.isExceeded(bad, records)
  if (bad < records && !isTooMany) return
  const most = [...unreadable].sort(([, a], [, b]) => b - a).slice(0, mostReasons)
  const allowed = bad < records ? `A run allows no more than ${defaultBadRowLimit.text} of a delivery. ` : ''
  throw new UsageError(
    `Expected records of one form in ${file}, but ${bad} of ${records} cannot be read: ` +
      `${most.map(([reason, count]) => `${reason} (${count})`).join(', ')}. ${allowed}Correct the sample, or take a delivery of ` +
      'another day; the first line of a CSV has to be its header.',
  )
}
