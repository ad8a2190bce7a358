/**
 * Every state of a batch, with its meaning for a person, for `caseload status` and its help.
 */
export const batchStateTable = {
  published: 'readers see it, and what it was made from has not changed',
  stale: 'readers see it, but its files, the code of its source, a contract or the engine changed since',
  pinned: 'rolled back: readers see an older version, and a backfill skips it until a plain run',
  running: 'a run works on it now',
  failed: 'its newest run failed, and nothing of it is published',
  refused: 'its data could not be accepted, and nothing of it is published',
  incomplete: 'its delivery lacks a file, a marker or rows of a manifest',
  not_delivered: 'a run found no landing folder',
  aborted: 'the process of its newest run died',
  overdue: 'the schedule expects it, and no run ever tried it',
} as const

/** The name of a state of a batch. */
export type BatchStateName = keyof typeof batchStateTable

/** The state in which a run left a batch of which nothing is published. */
export function unpublishedState(lastRun: string, lastError: string | null): BatchStateName {
  if (lastRun === 'incomplete') return lastError === 'NoDeliveryError' ? 'not_delivered' : 'incomplete'
  if (lastRun === 'refused' || lastRun === 'aborted' || lastRun === 'running') return lastRun
  return 'failed'
}
