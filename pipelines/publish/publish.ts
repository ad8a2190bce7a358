import type { Batch } from '../source/batch.ts'
import { requireAlive, runNotRunning } from '../ledger/batch-lock.ts'
import { DatabaseError, TransientError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { errorCode, isConnectionLost } from '../platform/server-error.ts'
import { callSwap, type SwapWait } from './swap-version.ts'

/**
 * Publishes everything that a run staged, in one call and one short transaction; tries again while readers hold the tables.
 *
 * @param session holds the locks of the batch and of its month
 * @param isPublished asks the ledger over another connection whether the run is published; called when the connection was
 *   lost at the commit
 * @returns how many attempts it took
 * @throws LockedError when the budget is used up, or if another run declared this one dead; the caller drops what was staged
 */
export async function publish(
  session: Session,
  batch: Batch,
  runId: string,
  isPublished: () => Promise<boolean>,
  wait: SwapWait,
): Promise<number> {
  try {
    return await callSwap(
      session,
      batch,
      wait,
      ({ number, lockTimeout, nextLockTimeout, first }) =>
        session.query('select caseload.publish($1, $2, $3, $4, $5)', [
          runId,
          lockTimeout,
          nextLockTimeout,
          number,
          first,
        ]),
      () => askLedger(isPublished),
    )
  } catch (error) {
    if (isConnectionLost(error)) {
      throw new TransientError('The connection was lost while publishing, and the ledger says nothing was published.')
    }
    requireAlive(errorCode(error) !== runNotRunning, batch)
    throw error
  }
}

async function askLedger(isPublished: () => Promise<boolean>): Promise<boolean> {
  try {
    return await isPublished()
  } catch (error) {
    throw new DatabaseError(
      'The connection was lost while publishing, and the ledger cannot be reached, so it is not known whether the batch is ' +
        'published. When the server is back, `caseload status` shows it; running the batch again is safe.',
      { cause: error },
    )
  }
}
