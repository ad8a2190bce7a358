import { breakOff, type Session } from '../platform/postgres.ts'
import { type FailedAttempt, asTransient, withRetries } from '../platform/retry.ts'
import { toUserError } from '../platform/user-error.ts'
import { sessionName } from '../source/batch.ts'
import type { EngineProcess } from './engine-process.ts'
import { recordFailure } from './record-failure.ts'
import type { RunParts } from './run-batch.ts'
import { stageClock, type StageClock } from './stage-clock.ts'

/** Why a run stages its batch: to publish it, or only to compare it; then the run changes nothing that readers see. */
export type Purpose = 'publish' | 'compare'

const duringRun = { retriedWhen: 'during the run' } as const

/** What all attempts of one run share. */
export interface RunHistory {
  readonly purpose: Purpose
  /** True once the run is in the ledger. */
  started: boolean
  readonly failed: FailedAttempt[]
}

/** One attempt of a run. */
export interface Attempt {
  /** Holds the batch's lock from the lock step on, also while a failure is recorded, so no other run declares this one dead. */
  readonly session: Session
  readonly engine: EngineProcess
  readonly history: RunHistory
  readonly clock: StageClock
}

/**
 * Does the work of a run. Tries again after a transient error (a lost connection, a restart of the server, a deadlock); any
 * other error ends the run and is recorded in the ledger.
 *
 * @param purpose a run that compares is recorded as planned, also where a run would be refused
 * @param work the steps of the run, from its lock on
 * @throws CaseloadError of the class that fits, or the error of a bug
 */
export async function inAttempts<T>(
  run: RunParts,
  purpose: Purpose,
  work: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const history: RunHistory = { purpose, started: false, failed: [] }
  const clock = stageClock(run.watch)
  let session: Session | undefined
  const once = async (): Promise<T> => {
    await session?.end().catch(() => undefined)
    try {
      return await run.engines.use(async engine => {
        clock.stage('lock')
        session = await run.openSession(sessionName(run.batch, run.runId))
        return breakingOff(run.signal, session, work({ session, engine, history, clock }))
      })
    } catch (error) {
      // The server answered earlier in this process, so an unreachable server is transient: otherwise a restart would fail a
      // whole backfill within seconds.
      throw toUserError(asTransient(error), duringRun)
    }
  }
  try {
    return await withRetries(run.retries, run.signal, once, failed => {
      history.failed.push(failed)
      const wait = (failed.waitMs / 1000).toFixed(1)
      run.log.warn('retry', `${failed.error.message} Attempt ${failed.attempt + 1} begins in ${wait} s.`)
    })
  } catch (error) {
    const failure = toUserError(error, duringRun)
    if (history.started) await recordFailure(run, failure, { history, stages: clock.times() })
    throw failure
  } finally {
    await session?.end().catch(() => undefined)
  }
}

/** A statement that waits for a lock does not see the signal, so the signal breaks its session off. */
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
