import { publishedAfter } from '../../ledger/published-since.ts'
import type { Session } from '../../platform/postgres.ts'
import type { BatchOutcome } from './outcome.ts'

/**
 * Looks at the end of a backfill what became of the batches that another run held at their turn.
 *
 * @param moment when the backfill began, by the server's clock
 * @returns each outcome as it was; `skipped` in place of `locked` where the batch was published or put back since
 */
export async function stillLocked(
  session: Session,
  ended: readonly BatchOutcome[],
  moment: string,
): Promise<readonly BatchOutcome[]> {
  const now: BatchOutcome[] = []
  for (const one of ended) now.push(one.outcome === 'locked' ? await lockedOrSkipped(session, one, moment) : one)
  return now
}

async function lockedOrSkipped(session: Session, ended: BatchOutcome, moment: string): Promise<BatchOutcome> {
  const by = await publishedAfter(session, ended.batch, moment)
  if (by === undefined) return ended
  return { batch: ended.batch, outcome: 'skipped', reason: `published or put back meanwhile: run ${by}` }
}
