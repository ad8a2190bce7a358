import { randomUUID } from 'node:crypto'
import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import type { Batch } from '../source/batch.ts'
import { batchFacts } from './batch-facts.ts'
import { lockBatch, unlockBatch } from './batch-lock.ts'

/** Why and by whom a batch is settled. */
export interface DismissOptions {
  readonly batch: Batch
  readonly reason: string
  /** Login and machine. */
  readonly by: string
}

/**
 * Settles a batch that will not be loaded: it is pinned with the reason, so that it is no problem and no longer overdue, and a
 * backfill and a retry skip it, until a run publishes it. A batch that is dismissed already gets the new reason.
 *
 * @param session on the migrated target; holds the lock of the batch meanwhile
 * @throws UsageError if the batch is published and its newest run did not fail, or if it is pinned for another reason
 * @throws LockedError if a run or another command works on the batch
 */
export async function dismiss(session: Session, options: DismissOptions): Promise<void> {
  await lockBatch(session, options.batch, randomUUID())
  try {
    await settle(session, options)
  } finally {
    await unlockBatch(session, options.batch)
  }
}

async function settle(session: Session, { batch: { source, date }, reason, by }: DismissOptions): Promise<void> {
  const [facts] = await batchFacts(session, { sources: [source], from: date, to: date })
  if (facts?.pinned != null && facts.dismissedAt === undefined) {
    throw new UsageError(`${source} ${date} is pinned already, and a backfill skips it: ${facts.pinned}.`)
  }
  if (facts?.published !== undefined && facts.lastRun === 'published') {
    throw new UsageError(
      `Expected a batch that is not loaded, found that ${source} ${date} is published and its newest run did not fail. ` +
        `To take it out of the tables: caseload unpublish ${source} ${date} --reason '...'`,
    )
  }
  await session.query('select caseload.pin($1, $2, $3, $4, $5)', [source, date, 'dismissed', reason, by])
}
