import { breakOff, isTransient, isServerError, transientMessage, type Session } from '../platform/postgres.ts'
import { workFolderMessage } from '../platform/disk-error.ts'
import { CaseloadError, TransientError } from '../platform/errors.ts'
import { refusal } from '../platform/refusals.ts'
import { type FailedAttempt, asTransient, withRetries } from '../platform/retry.ts'
import { sessionName } from '../source/batch.ts'
import type { EngineProcess } from './engine-process.ts'
import { recordFailure } from './record-failure.ts'
import type { RunParts } from './run-batch.ts'

/** What a batch is staged for: to be published, or to be compared only, and then nothing that readers follow is touched. */
export type Purpose = 'publish' | 'compare'

/** What all attempts of one run share. */
export interface RunHistory {
  readonly purpose: Purpose
  /** True once the run is in the ledger. */
  started: boolean
  readonly failed: FailedAttempt[]
}

/** One attempt of a run. */
export interface Attempt {
  /** Holds the batch's lock once it is taken, and while a failure is written down: nobody takes the run for dead. */
  readonly session: Session
  readonly engine: EngineProcess
  readonly history: RunHistory
}

/**
 * Does the work of a run. What passes by itself (a lost connection, a server that restarts, a deadlock) is tried again;
 * all else ends the run, and the ledger says how.
 *
 * @param work the steps of the run, from its lock on
 * @param purpose a run that compares is in the ledger as planned, also where a run would be refused
 * @throws CaseloadError of the kind that fits, or the bug that it is
 */
export async function inAttempts<T>(
  run: RunParts,
  purpose: Purpose,
  work: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const history: RunHistory = { purpose, started: false, failed: [] }
  let session: Session | undefined
  const once = async (): Promise<T> => {
    await session?.end().catch(() => undefined)
    try {
      return await run.engines.use(async engine => {
        run.watch.stage('lock')
        session = await run.openSession(sessionName(run.batch, run.runId))
        return breakingOff(run.signal, session, work({ session, engine, history }))
      })
    } catch (error) {
      // The server answered earlier in this process, so that it cannot be reached is transient: a restart would fail a whole
      // backfill within seconds.
      throw presentable(asTransient(error))
    }
  }
  try {
    return await withRetries(run.retries, run.signal, once, failed => {
      history.failed.push(failed)
      const wait = (failed.waitMs / 1000).toFixed(1)
      run.log.warn('retry', `${failed.error.message} Attempt ${failed.attempt + 1} begins in ${wait} s.`)
    })
  } catch (error) {
    const failure = presentable(error)
    if (history.started) await recordFailure(run, failure, history.failed, purpose)
    throw failure
  } finally {
    await session?.end().catch(() => undefined)
  }
}

/** A statement that waits for a lock would not hear of the signal, so the signal ends its session. */
async function breakingOff<T>(signal: AbortSignal, session: Session, work: Promise<T>): Promise<T> {
  const stop = (): void => {
    breakOff(session)
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await work
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Driver errors can hold whole rows; what leaves this module does not. */
function presentable(error: unknown): Error {
  if (isTransient(error)) return new TransientError(transientMessage(error, 'during the run'))
  if (isServerError(error)) return refusal(error)
  // Objects of a store are copied there.
  const full = workFolderMessage(error)
  if (full !== undefined) return new CaseloadError(full, { cause: error })
  return error instanceof Error ? error : new Error(String(error))
}
