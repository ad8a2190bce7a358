import { randomUUID } from 'node:crypto'
import { batchFacts } from '../ledger/batch-facts.ts'
import { lockBatch } from '../ledger/batch-lock.ts'
import { runStatus } from '../ledger/ledger.ts'
import { renewStatistics } from '../ledger/statistics.ts'
import { AbortedError, DatabaseError, LockedError, UsageError, withMessage } from '../platform/errors.ts'
import type { LockWaitLimits } from '../platform/lock-wait.ts'
import type { Log } from '../platform/log.ts'
import type { Session } from '../platform/postgres.ts'
import { describeServerError, errorCode } from '../platform/server-error.ts'
import { toUserError } from '../platform/user-error.ts'
import type { Batch } from '../source/batch.ts'
import { anotherVersion } from './rollback.ts'
import { callSwap, swapVersion } from './swap-version.ts'

/** What an unpublish works with. */
export interface UnpublishOptions {
  readonly batch: Batch
  readonly reason: string
  /** Login and machine. */
  readonly by: string
  /** Opens a session on the migrated target. */
  readonly openSession: (applicationName: string) => Promise<Session>
  readonly log: Log
  /** Checked before every attempt. */
  readonly signal: AbortSignal
  readonly limits?: LockWaitLimits
}

/** What an unpublish did. */
export interface Unpublished extends Batch {
  /** The version that readers no longer see; it is kept for a rollback. */
  readonly runId: string
  /** Rows of all its tables. */
  readonly rows: number
}

/**
 * Takes the published version of a batch out of all its tables and views in one short transaction, keeps it as a run keeps the
 * version it replaces, and pins the batch with the reason: a backfill skips it until a plain run loads it, or a rollback brings
 * it back.
 *
 * @throws UsageError if nothing is published
 * @throws LockedError if a run holds the batch, or if readers keep the tables locked
 */
export async function unpublish(options: UnpublishOptions): Promise<Unpublished> {
  const { batch } = options
  const session = await options.openSession(`caseload unpublish ${batch.source} ${batch.date}`)
  try {
    return await unpublishOver(session, options)
  } catch (error) {
    if (error instanceof AbortedError)
      throw withMessage(error, `Stopped by a signal; readers see ${batch.source} ${batch.date} as before.`)
    throw toUserError(error, { lost: `The connection was lost; ${batch.source} ${batch.date} was not unpublished.` })
  } finally {
    await session.end().catch(() => undefined)
  }
}

async function unpublishOver(session: Session, options: UnpublishOptions): Promise<Unpublished> {
  const { batch, reason, by, log } = options
  const { source, date } = batch
  const operationId = randomUUID()
  await lockBatch(session, batch, operationId)
  const [facts] = await batchFacts(session, { sources: [source], from: date, to: date })
  if (facts?.published === undefined) {
    throw new UsageError(
      `Expected a published version of ${source} ${date}, found none. caseload status ${source} shows what is published.`,
    )
  }
  const { runId, rows } = facts.published
  try {
    await swapVersion(session, { ...options, operationId, stage: 'unpublish' }, () =>
      callSwap(
        session,
        batch,
        options,
        ({ lockTimeout, nextLockTimeout, first }) =>
          session.query('select caseload.unpublish($1, $2, $3, $4, $5, $6, $7)', [
            runId,
            operationId,
            reason,
            by,
            lockTimeout,
            nextLockTimeout,
            first,
          ]),
        () => isUnpublished(options, runId),
      ),
    )
  } catch (error) {
    if (errorCode(error) !== anotherVersion) throw error
    throw new LockedError(`Another version of ${source} ${date} was published meanwhile. Try again.`)
  }
  try {
    await renewStatistics(session, source)
  } catch (error) {
    log.warn('unpublish', `unpublished, but statistics were not renewed: ${describeServerError(error)}`)
  }
  return { ...batch, runId, rows }
}

/** Asks the ledger after the connection was lost during the swap; first waits for the lost session, which holds the lock. */
async function isUnpublished({ batch, openSession }: UnpublishOptions, runId: string): Promise<boolean> {
  try {
    const session = await openSession('caseload ledger')
    try {
      await session.query(`set lock_timeout = '30s'`)
      await session.query('select pg_advisory_lock(caseload.batch_key($1, $2))', [batch.source, batch.date])
      return (await runStatus(session, runId)) === 'replaced'
    } finally {
      await session.end()
    }
  } catch (error) {
    throw new DatabaseError(
      'The connection was lost while the batch was unpublished, and the ledger cannot be reached, so it is not known whether it ' +
        `was. When the server is back, \`caseload status ${batch.source}\` shows it.`,
      { cause: error },
    )
  }
}
