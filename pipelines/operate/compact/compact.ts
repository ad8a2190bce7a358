import { requireSource } from '../../ledger/read-quarantine.ts'
import { DatabaseError } from '../../platform/errors.ts'
import { isConnectionLost, isServerError, type Session } from '../../platform/postgres.ts'
import { refusal } from '../../platform/refusals.ts'
import { type MergedMonth, type MergeParts, mergeMonth, summary } from './merge-month.ts'
import { type Month, monthsOf } from './months.ts'

/** What `caseload compact` was asked for. */
export interface CompactOrder extends MergeParts {
  /** `yyyy-mm-dd`: only months that end before this day or with the day before it. */
  readonly before: string
  /** Changes nothing and says what would be done. */
  readonly dryRun: boolean
  /** Opens a session on the migrated target. */
  readonly openSession: (applicationName: string) => Promise<Session>
  /** Told of each month that is done, or would be; what was told stays true if a later month fails. */
  readonly onMonth?: (month: MergedMonth) => void
}

/**
 * Merges the old days of one source into a leaf per month and table, month by month. A month that is done stays done,
 * whatever becomes of the next.
 *
 * @returns one entry per month that holds rows, the oldest first
 * @throws UsageError if no batch of the source ever ran; LockedError if a run holds a day of the month, or if readers do
 *   not give way
 */
export async function compact(order: CompactOrder): Promise<readonly MergedMonth[]> {
  const { source, before, onMonth = () => undefined } = order
  let at: Month | undefined
  const writer = await order.openSession(`caseload compact ${source}`)
  try {
    await requireSource(writer, source)
    const months = await monthsOf(writer, source, before)
    const merged: MergedMonth[] = []
    for (const month of months) {
      at = month
      const done = order.dryRun ? summary(month, ledgerRows(month)) : await mergeOne(writer, month, order)
      merged.push(done)
      onMonth(done)
    }
    return merged
  } catch (error) {
    throw presentable(error, at?.from.slice(0, 7) ?? `the days of ${source}`)
  } finally {
    await writer.end().catch(() => undefined)
  }
}

const ledgerRows = ({ tables }: Month): number => tables.reduce((sum, { rows }) => sum + rows, 0)

/** A month that has nothing to merge takes no lock. */
async function mergeOne(writer: Session, month: Month, order: CompactOrder): Promise<MergedMonth> {
  if (month.tables.length === 0) return summary(month, 0)
  const reader = await order.openSession(`caseload compact ${order.source}`)
  try {
    return await mergeMonth({ writer, reader }, month, order)
  } finally {
    await reader.end().catch(() => undefined)
  }
}

/** Driver errors can hold whole rows; what leaves this module does not. */
function presentable(error: unknown, what: string): unknown {
  const whole = 'Readers see all its rows, merged or as before; calling compact again goes on.'
  if (isConnectionLost(error)) {
    return new DatabaseError(`The connection to the database was lost during the merge of ${what}. ${whole}`)
  }
  if (!isServerError(error)) return error
  return refusal(error, `The database refused the merge of ${what}`, whole)
}
