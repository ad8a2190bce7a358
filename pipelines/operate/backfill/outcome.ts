import { publishedAfter } from '../../ledger/published-since.ts'
import type { Session } from '../../platform/postgres.ts'
import type { Batch } from '../../source/batch.ts'

/**
 * How a batch of a backfill ended. `published`: readers see it. `skipped`: it needed no run. `not_delivered`: it has no
 * landing folder. `locked`: another run holds its lock and has not published it yet. `refused`: the delivery cannot be
 * accepted. `failed`: any other error. `stopped`: a signal stopped its run. `not_started`: the backfill ended before its turn.
 */
export type Outcome =
  'published' | 'skipped' | 'not_delivered' | 'locked' | 'refused' | 'failed' | 'stopped' | 'not_started'

/** All outcomes, in the order of a summary. */
export const outcomes: readonly Outcome[] = [
  'published',
  'skipped',
  'not_delivered',
  'locked',
  'refused',
  'failed',
  'stopped',
  'not_started',
]

/** One batch of a backfill and how it ended. */
export interface BatchOutcome {
  readonly batch: Batch
  readonly outcome: Outcome
  /** Why it was run or skipped, or the message of its error; without a patient's value. */
  readonly reason: string
  /** Class of the error of an earlier run, if that is why it was run or skipped. */
  readonly lastError?: string
  /** UUID of its run; undefined if no run was started. */
  readonly runId?: string
  /** Rows loaded into all its tables. */
  readonly rows?: number
  /** Rows and whole records in quarantine. */
  readonly quarantined?: number
  /** Dropped values; they are in quarantine, too. */
  readonly dropped?: number
  /** How long it took, in milliseconds. */
  readonly ms?: number
  /** The exit code that `caseload run` would have. */
  readonly exitCode?: number
  /** True if a run of it failed before and it cannot run again, because it has no landing folder. */
  readonly stillFailed?: true
  /** True if it was skipped because it is dismissed, and it was delivered after that. */
  readonly deliveredSince?: true
}

/**
 * Whether a batch makes its backfill fail. A locked one does not: another run may be loading it.
 *
 * @param strict every day without a delivery counts, not only those that failed before
 */
export function isFailure({ outcome, stillFailed }: BatchOutcome, strict = false): boolean {
  if (outcome === 'not_delivered') return strict || stillFailed === true
  return outcome === 'failed' || outcome === 'refused'
}

/** Whether the batch was delivered, needed a run, and is still not loaded. */
export function isNotLoaded({ outcome }: BatchOutcome): boolean {
  return ['locked', 'refused', 'failed', 'stopped', 'not_started'].includes(outcome)
}

/** Counts batches by outcome, without outcomes that did not occur. */
export function countOutcomes(ended: readonly BatchOutcome[]): readonly (readonly [Outcome, number])[] {
  return outcomes
    .map(outcome => [outcome, ended.filter(one => one.outcome === outcome).length] as const)
    .filter(([, count]) => count > 0)
}

/**
 * Checks, at the end of a backfill, how the batches ended that were locked at their turn.
 *
 * @param moment when the backfill began, by the server's clock
 * @returns the same outcomes; `skipped` in place of `locked` for a batch that was published or rolled back since
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
  const what = await publishedAfter(session, ended.batch, moment)
  return what === undefined ? ended : { batch: ended.batch, outcome: 'skipped', reason: what }
}
