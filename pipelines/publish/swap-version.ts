import type { Log } from '../platform/log.ts'
import { type LockAttempt, type LockWaitLimits, lockWaitLimits, retryUntilLocked } from '../platform/lock-wait.ts'
import type { Session } from '../platform/postgres.ts'
import { isConnectionLost } from '../platform/server-error.ts'
import { readSql } from '../platform/sql.ts'
import type { Batch } from '../source/batch.ts'
import { underMonthLock } from './month-lock.ts'
import { dropStagedRanges, stageSplit } from './split-month.ts'

/** What the swap of a version needs besides its session. */
export interface SwapOptions {
  readonly batch: Batch
  /** UUID of the run that publishes, of the rollback or of the unpublish. */
  readonly operationId: string
  /** For the log. */
  readonly stage: 'publish' | 'rollback' | 'unpublish'
  /** Opens a session on the target. */
  readonly openSession: (applicationName: string) => Promise<Session>
  readonly signal: AbortSignal
  readonly log: Log
}

/**
 * Swaps the version of a batch that readers see. Where a leaf covers a whole month, the same swap splits it, so that only
 * this day changes. The lock of the month makes swaps of one month happen one after the other.
 *
 * @param session holds the batch's advisory lock
 * @param swap makes the swap, see {@link callSwap}
 * @returns what `swap` returns
 * @throws what `swap` throws, after the leaves that the split staged are dropped; LockedError if another session holds the
 *   month
 */
export async function swapVersion<T>(session: Session, options: SwapOptions, swap: () => Promise<T>): Promise<T> {
  const { batch, stage, signal, log } = options
  return underMonthLock(session, batch, { signal, log }, async () => {
    try {
      const split = await stageSplit(session, options)
      if (split > 0) {
        log.info(
          stage,
          `this day lies in a merged month: split into days before, the day and days after (${split} leaves)`,
        )
      }
      // Before the swap: afterwards the version that leaves may be gone.
      await session.query('select caseload.note_patients($1, $2)', [batch.source, batch.date])
      return await swap()
    } catch (error) {
      // If a signal broke this session off, recordFailure drops them, or the next command that works on the month.
      await dropStagedRanges(session, batch).catch(() => undefined)
      throw error
    }
  })
}

/** How a swap waits for readers. */
export interface SwapWait {
  /** Checked before every attempt. */
  readonly signal: AbortSignal
  readonly log: Log
  readonly limits?: LockWaitLimits
}

/**
 * Calls the function that swaps a version, in short attempts, until readers let it through.
 *
 * @param call makes one attempt, one statement
 * @param isDone asks the ledger over another connection whether the swap was committed; called when the connection was lost
 * @returns how many attempts it took
 * @throws LockedError when the budget is used up; the server's error of a lost connection if nothing was committed
 */
export async function callSwap(
  session: Session,
  { source }: Batch,
  { signal, log, limits = lockWaitLimits }: SwapWait,
  call: (attempt: LockAttempt) => Promise<unknown>,
  isDone: () => Promise<boolean>,
): Promise<number> {
  let attempts = 0
  const change = (attempt: LockAttempt): Promise<unknown> => {
    attempts = attempt.number
    return call(attempt)
  }
  try {
    return await retryUntilLocked(change, {
      session,
      limits,
      signal,
      log,
      subject: source,
      schema: 'store',
      isWorthWaiting: parent => isRefreshed(session, parent),
    })
  } catch (error) {
    if (isConnectionLost(error) && attempts > 0 && (await isDone())) return attempts
    throw error
  }
}

/** The text whose hash is the advisory lock of whoever refreshes the marts. */
export const martLock = 'caseload/marts'

/** Whether a refresh of the marts reads this parent: one of a source as a whole can take longer than a publish waits for readers. */
async function isRefreshed(session: Session, parent: string | null): Promise<boolean> {
  const found = await session.query<{ is_refreshed: boolean }>(
    readSql('sql/statements/publish/refresh_in_the_way.sql'),
    [martLock, parent],
  )
  return found.rows[0]?.is_refreshed === true
}
