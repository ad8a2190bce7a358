import { requireSource } from '../../ledger/read-quarantine.ts'
import type { Session } from '../../platform/postgres.ts'
import { toUserError } from '../../platform/user-error.ts'
import { type MergedMonth, type MergeOptions, mergeMonth, summary } from './merge-month.ts'
import { type Month, monthsOf } from './months.ts'

/** What `caseload compact` merges. */
export interface CompactOptions extends MergeOptions {
  /** `yyyy-mm-dd`: only months that end before this day. */
  readonly before: string
  /** Only report what would be merged; change nothing. */
  readonly dryRun: boolean
  /** Opens a session on the migrated target. */
  readonly openSession: (applicationName: string) => Promise<Session>
  /** Called for each month that was merged, or would be; it stays merged if a later month fails. */
  readonly onMonth?: (month: MergedMonth) => void
}

/**
 * Merges the old days of one source into one leaf per month and table, month by month. A merged month stays merged if the
 * next one fails.
 *
 * @returns one entry per month that holds rows, the oldest first
 * @throws UsageError if no batch of the source ever ran; LockedError if a run holds a day of the month, or if readers keep
 *   the tables locked
 */
export async function compact(options: CompactOptions): Promise<readonly MergedMonth[]> {
  const { source, before, onMonth = () => undefined } = options
  let at: Month | undefined
  const writer = await options.openSession(`caseload compact ${source}`)
  try {
    await requireSource(writer, source)
    const months = await monthsOf(writer, source, before)
    const merged: MergedMonth[] = []
    for (const month of months) {
      at = month
      const done = options.dryRun ? summary(month, ledgerRows(month)) : await mergeOne(writer, month, options)
      merged.push(done)
      onMonth(done)
    }
    return merged
  } catch (error) {
    const what = at?.from.slice(0, 7) ?? `the days of ${source}`
    const outcome = 'Readers see all its rows, merged or as before; calling compact again goes on.'
    throw toUserError(error, {
      lost: `The connection to the database was lost during the merge of ${what}. ${outcome}`,
      refused: `The database refused the merge of ${what}`,
      outcome,
    })
  } finally {
    await writer.end().catch(() => undefined)
  }
}

const ledgerRows = ({ tables }: Month): number => tables.reduce((sum, { rows }) => sum + rows, 0)

/** Takes no lock for a month that has nothing to merge. */
async function mergeOne(writer: Session, month: Month, options: CompactOptions): Promise<MergedMonth> {
  if (month.tables.length === 0) return summary(month, 0)
  const reader = await options.openSession(`caseload compact ${options.source}`)
  try {
    return await mergeMonth({ writer, reader }, month, options)
  } finally {
    await reader.end().catch(() => undefined)
  }
}
