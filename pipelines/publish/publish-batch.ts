import type { Batch } from '../source/batch.ts'
import { warnOfLeaves } from './leaf-count.ts'
import type { Log } from '../platform/log.ts'
import type { Session } from '../platform/postgres.ts'
import { publish } from './publish.ts'
import { swapVersion } from './swap-version.ts'

/** What publishing a staged batch needs besides its session. */
export interface PublishOptions {
  readonly batch: Batch
  /** UUID of the run that staged it. */
  readonly runId: string
  /** Opens a session on the target. */
  readonly openSession: (applicationName: string) => Promise<Session>
  /** Asks the ledger over another connection whether the run is published; called when the connection was lost at the commit. */
  readonly isPublished: () => Promise<boolean>
  readonly signal: AbortSignal
  readonly log: Log
}

/**
 * Publishes everything that a run staged in one swap, and warns of tables with many leaves.
 *
 * @param session holds the batch's advisory lock
 * @returns how many attempts it took until readers let the swap through
 * @throws LockedError if readers, or another session that works on the month, did not give way; the caller drops what the run
 *   staged
 */
export async function publishBatch(session: Session, options: PublishOptions): Promise<number> {
  const { batch, runId, isPublished, signal, log } = options
  const tries = await swapVersion(session, { ...options, operationId: runId, stage: 'publish' }, () =>
    publish(session, batch, runId, isPublished, { signal, log }),
  )
  await warnOfLeaves(session, log)
  return tries
}
