import type { Batch } from '../source/batch.ts'
import { warnOfLeaves } from './leaf-count.ts'
import { underMonthLock } from './month-lock.ts'
import { dropStagedRanges, stageSplit } from './split-month.ts'
import type { Log } from '../platform/log.ts'
import type { Session } from '../platform/postgres.ts'
import { publish } from './publish.ts'

/** What publishing a staged batch needs besides its session. */
export interface PublishParts {
  readonly batch: Batch
  /** UUID of the run that staged it. */
  readonly runId: string
  /** Opens a session on the target. */
  readonly openSession: (applicationName: string) => Promise<Session>
  /** Looks the run up in the ledger over another connection; asked when the connection was lost during the commit. */
  readonly isPublished: () => Promise<boolean>
  readonly signal: AbortSignal
  readonly log: Log
}

/**
 * Publishes everything a run staged in one swap. Where days of the month were merged, the leaf that also holds this day is
 * split in the same swap, so that just this day is replaced; runs of one month do this one after the other.
 *
 * @param session the one that holds the batch's advisory lock
 * @returns how many tries it took to get readers out of the way
 * @throws LockedError when readers, or whoever else works on the month, did not give way; the caller drops what the run
 *   staged
 */
export async function publishBatch(session: Session, parts: PublishParts): Promise<number> {
  const { batch, runId, signal, log } = parts
  const tries = await underMonthLock(session, batch, { signal, log }, async () => {
    try {
      const split = await stageSplit(session, { ...parts, operationId: runId })
      if (split > 0) {
        log.info(
          'publish',
          `this day lies in a merged month: split into days before, the day and days after (${split} leaves)`,
        )
      }
      return await publish(session, batch, runId, parts.isPublished, { signal, log })
    } catch (error) {
      // A signal has broken this session off; then the one that writes the failure down does it, see recordFailure.
      await dropStagedRanges(session, batch).catch(() => undefined)
      throw error
    }
  })
  await warnOfLeaves(session, log)
  return tries
}
