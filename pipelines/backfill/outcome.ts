import type { Batch } from '../batch.ts'

/**
 * How a batch of a backfill ended. `published`: readers see it. `skipped`: it needed no run. `no delivery`: it has no
 * landing folder. `refused`: what was delivered cannot be accepted. `failed`: anything else that went wrong, a lock that
 * another run holds among it. `stopped`: rolled back because the command was. `not started`: the backfill ended before its
 * turn.
 */
export type Outcome = 'published' | 'skipped' | 'no delivery' | 'refused' | 'failed' | 'stopped' | 'not started'

/** All outcomes, in the order in which they are counted for a reader. */
export const outcomes: readonly Outcome[] = [
  'published',
  'skipped',
  'no delivery',
  'refused',
  'failed',
  'stopped',
  'not started',
]

/** One batch of a backfill and how it ended. */
export interface BatchOutcome {
  readonly batch: Batch
  readonly outcome: Outcome
  /** Why, in words without a patient's value: why it was run or skipped, or the message of its error. */
  readonly reason: string
  /** UUID of its run; undefined where none was begun. */
  readonly runId?: string
  /** Rows loaded into all its tables. */
  readonly rows?: number
  /** Rows and whole records in quarantine. */
  readonly quarantined?: number
  /** How long it took, in milliseconds. */
  readonly ms?: number
  /** What `caseload run` would have exited with. */
  readonly exitCode?: number
}

/**
 * Whether a batch makes its backfill fail.
 *
 * @param strict a day without a delivery counts too
 */
export function isFailure({ outcome }: BatchOutcome, strict = false): boolean {
  return outcome === 'failed' || outcome === 'refused' || (strict && outcome === 'no delivery')
}

/** Counts batches by outcome; outcomes that did not occur are left out. */
export function countOutcomes(ended: readonly BatchOutcome[]): readonly (readonly [Outcome, number])[] {
  return outcomes
    .map(outcome => [outcome, ended.filter(one => one.outcome === outcome).length] as const)
    .filter(([, count]) => count > 0)
}
