import { TimeoutError, TransientError, UnreachableError } from '../../platform/errors.ts'
import { EngineDiedError } from '../../run/engine-process.ts'
import type { BatchOutcome } from '../backfill/outcome.ts'
import type { JobResult } from './leases.ts'

/** How a run of a job ended. */
export interface Ran {
  readonly outcome: BatchOutcome
  /** What it threw. */
  readonly error?: unknown
  /** Shows how the batch ended, once that is settled. */
  readonly show: (outcome: BatchOutcome) => void
}

/** A batch that another command holds is asked for again so soon. */
const lockedDelay = 5

const firstDelay = 15
const longestDelay = 600

/**
 * How a job ends whose run ended so. What may pass is tried again: a lost connection, a timeout, an engine that died. An error in
 * the data or in the code never is.
 *
 * @param tries the number of this try, from 1
 * @param strict a day without a landing folder is a failure
 */
export function jobResult({ outcome, error }: Omit<Ran, 'show'>, tries: number, strict: boolean): JobResult {
  const message = outcome.reason
  const errorClass = error instanceof Error ? error.name : undefined
  switch (outcome.outcome) {
    case 'published':
    case 'skipped':
      return { how: 'done', message }
    case 'not_delivered':
      return { how: strict ? 'dead' : 'done', errorClass, message }
    case 'locked':
      return { how: 'back', errorClass, message, delay: lockedDelay }
    case 'stopped':
    case 'not_started':
      return { how: 'back', errorClass, message }
    case 'refused':
    case 'failed':
      return mayPass(error)
        ? { how: 'failed', errorClass, message, delay: Math.min(longestDelay, firstDelay * 2 ** (tries - 1)) }
        : { how: 'dead', errorClass, message }
  }
}

function mayPass(error: unknown): boolean {
  const passing = [TransientError, UnreachableError, TimeoutError, EngineDiedError]
  return passing.some(one => error instanceof one)
}
