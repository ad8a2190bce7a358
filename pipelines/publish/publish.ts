import type { Batch } from '../source/batch.ts'
import { DatabaseError, LockedError, TransientError } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import { errorCode, isConnectionLost, type Session } from '../platform/postgres.ts'
import { type LockWaitLimits, lockWaitLimits, type LockAttempt, retryUntilLocked } from '../platform/lock-wait.ts'

/** How readers are waited for. */
export interface PublishWait {
  readonly signal: AbortSignal
  readonly log: Log
  readonly limits?: LockWaitLimits
}

const runNotRunning = 'CL001'

/**
 * Publishes everything a run staged, in one call and one short transaction, trying again while readers are in the way.
 *
 * @param session the one that holds the batch's advisory lock
 * @param isPublished looks the run up in the ledger over another connection; asked when the connection was lost during
 *   the commit
 * @param wait whose signal is checked before every try, and whose log is told of readers in the way
 * @returns how many tries it took
 * @throws LockedError when the budget is used up; the caller drops what was staged
 */
export async function publish(
  session: Session,
  batch: Batch,
  runId: string,
  isPublished: () => Promise<boolean>,
  { signal, log, limits = lockWaitLimits }: PublishWait,
): Promise<number> {
  let tries = 0
  const call = async ({ number, lockTimeout, nextLockTimeout, first }: LockAttempt): Promise<void> => {
    tries = number
    await session.query('select caseload.publish($1, $2, $3, $4, $5)', [runId, lockTimeout, nextLockTimeout, number, first])
  }
  try {
    return await retryUntilLocked(call, { session, limits, signal, log, subject: batch.source, schema: 'store' })
  } catch (error) {
    if (isConnectionLost(error)) {
      if (await askLedger(isPublished)) return tries
      throw new TransientError('The connection was lost while publishing, and the ledger says nothing was published.')
    }
    if (errorCode(error) === runNotRunning) {
      throw new LockedError(`This run was declared dead by another run of ${batch.source} ${batch.date}.`)
    }
    throw error
  }
}

async function askLedger(isPublished: () => Promise<boolean>): Promise<boolean> {
  try {
    return await isPublished()
  } catch (error) {
    throw new DatabaseError(
      'The connection was lost while publishing, and the ledger cannot be asked: whether the batch is published is not ' +
        'known. `caseload status` tells once the server is back; to run the batch again is safe.',
      { cause: error },
    )
  }
}
