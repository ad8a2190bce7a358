/**
 * Every state of a batch, with its meaning for a person, for `caseload status` and its help.
 */
export const batchStateTable = {
  published: 'readers see it, and what it was made from has not changed',
  stale: 'readers see it, but its files, the code of its source, a contract or the engine changed since',
  pinned: 'rolled back or unpublished: a backfill skips it until a plain run',
  dismissed: 'settled: it will not be loaded, for the reason shown; a run of it that publishes undoes that',
  running: 'a run works on it now',
  failed: 'its newest run failed, and nothing of it is published',
  refused: 'its data could not be accepted, and nothing of it is published',
  incomplete: 'its delivery lacks a file, a marker or rows of a manifest',
  not_delivered: 'a run found no landing folder',
  aborted: 'the process of its newest run died',
  overdue: 'the schedule expects it, it is due, and no run ever tried it',
} as const

/** The name of a state of a batch. */
export type BatchStateName = keyof typeof batchStateTable

/** The state in which a run left a batch of which nothing is published. */
export function unpublishedState(lastRun: string | null, lastError: string | null): BatchStateName {
  if (lastRun === 'incomplete') return lastError === 'NoDeliveryError' ? 'not_delivered' : 'incomplete'
  if (lastRun === 'refused' || lastRun === 'aborted' || lastRun === 'running') return lastRun
  return 'failed'
}

/** What decides, besides its state, whether a batch needs attention. */
export interface ProblemFacts {
  /** How its newest run ended, null without a run. */
  readonly lastRun: string | null
  /** Class of the error it ended in. */
  readonly lastError: string | null
  /** The time at which a delivery of that day is late has passed. */
  readonly isDue: boolean
  /** The schedule expects a delivery of that day. */
  readonly isExpected: boolean
  /** It was dismissed, and delivered after that. */
  readonly isLate?: boolean
}

/**
 * Whether a batch needs attention. A delivery that may still come is no problem, nor is an empty folder on a day without a
 * delivery: a scheduler asks every day. Of a published batch, a newer delivery that could not be loaded is one. No problem by
 * themselves are `stale`, which `backfill --reprocess stale` loads by itself, and `pinned`: `status --problems` notes both. Nor
 * are rows in quarantine: the bad-row limit says how many of them are too many, and then the batch is refused.
 */
export function isProblem(
  state: BatchStateName,
  { lastRun, lastError, isDue, isExpected, isLate = false }: ProblemFacts,
): boolean {
  switch (state) {
    case 'failed':
    case 'refused':
    case 'aborted':
    case 'overdue':
      return true
    case 'incomplete':
      return isDue
    case 'not_delivered':
      return isDue && isExpected
    case 'published':
    case 'stale':
      // A folder that is archived after the load is no trouble.
      if (lastRun === 'incomplete') return lastError !== 'NoDeliveryError'
      return lastRun === 'failed' || lastRun === 'refused' || lastRun === 'aborted'
    case 'running':
    case 'pinned':
      return false
    case 'dismissed':
      return isLate
  }
}
