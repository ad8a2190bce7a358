import type { Batch } from '../../source/batch.ts'

/**
 * How a batch of a backfill ended. `published`: readers see it. `skipped`: it needed no run. `not_delivered`: it has no
 * landing folder. `locked`: another run holds it, which has not published it yet. `refused`: what was delivered cannot be
 * accepted. `failed`: anything else that went wrong. `stopped`: rolled back because the command was. `not_started`: the
 * backfill ended before its turn.
 */
export type Outcome =
  'published' | 'skipped' | 'not_delivered' | 'locked' | 'refused' | 'failed' | 'stopped' | 'not_started'

/** All outcomes, in the order in which they are counted for a reader. */
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
  /** Why, in words without a patient's value: why it was run or skipped, or the message of its error. */
  readonly reason: string
  /** UUID of its run; undefined where none was begun. */
  readonly runId?: string
  /** Rows loaded into all its tables. */
  readonly rows?: number
  /** Rows and whole records in quarantine. */
  readonly quarantined?: number
  /** Values that loaded rows lack, since they broke a rule; they are in quarantine too. */
  readonly dropped?: number
  /** How long it took, in milliseconds. */
  readonly ms?: number
  /** What `caseload run` would have exited with. */
  readonly exitCode?: number
  /** True where a run of it failed before, and without its landing folder it could not be tried again. */
  readonly stillFailed?: true
}

/**
 * Whether a batch makes its backfill fail. One that another run holds does not: that run may well be at work on it.
 *
 * @param strict every day without a delivery counts too, and not only those that failed before
 */
export function isFailure({ outcome, stillFailed }: BatchOutcome, strict = false): boolean {
  if (outcome === 'not_delivered') return strict || stillFailed === true
  return outcome === 'failed' || outcome === 'refused'
}

/** Whether readers still lack what the batch was to be run for, though it was or is delivered. */
export function isNotLoaded({ outcome }: BatchOutcome): boolean {
  return ['locked', 'refused', 'failed', 'stopped', 'not_started'].includes(outcome)
}

/** Counts batches by outcome; outcomes that did not occur are left out. */
export function countOutcomes(ended: readonly BatchOutcome[]): readonly (readonly [Outcome, number])[] {
  return outcomes
    .map(outcome => [outcome, ended.filter(one => one.outcome === outcome).length] as const)
    .filter(([, count]) => count > 0)
}
