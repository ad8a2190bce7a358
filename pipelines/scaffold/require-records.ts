import { defaultBadRowLimit } from '../source/bad-row-limit.ts'
import { UsageError } from '../platform/errors.ts'

/** Maximum number of reasons in a message. */
const mostReasons = 2

/** The end of the message about a sample without records. */
export const whyRecords =
  'Caseload needs records to compare the columns with, and to run the test of the source on: take a delivery of another day.'

/** @throws UsageError if a sample has no record */
export function requireRecords(records: number, file: string): void {
  if (records === 0) throw new UsageError(`Expected records in ${file}, found none. ${whyRecords}`)
}

/**
 * Refuses a sample with no readable record, or with more unreadable records than a run allows: a source made from it
 * would fail, and most likely its header was misread.
 *
 * @param file name of the sample
 * @param records how many it has
 * @param unreadable counts of unreadable records by reason; the reasons contain no value
 * @throws UsageError with the counts and the reasons
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
      'another day. The first line of a CSV must be its header.',
  )
}
