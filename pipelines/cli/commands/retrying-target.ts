import { TransientError } from '../../platform/errors.ts'
import type { Log } from '../../platform/log.ts'
import { breakOff, type Session } from '../../platform/postgres.ts'
import { asTransient, type RetryPolicy, withRetries } from '../../platform/retry.ts'
import type { Target } from '../../embedded/target.ts'

/** How a target retries to connect. */
export interface RetryingTargetOptions {
  readonly policy: RetryPolicy
  /** Ends a wait. */
  readonly signal: AbortSignal
  /** Gets a warning before each wait. */
  readonly log: Log
}

/**
 * A target that retries to open a session while the server starts up, shuts down or has no connection left. A server that
 * never answered may not exist and is an error at once; one that answered before is assumed to restart.
 */
export function retryingTarget(target: Target, { policy, signal, log }: RetryingTargetOptions): Target {
  let answered = false
  const open = async (applicationName: string): Promise<Session> => {
    try {
      const session = await target.openSession(applicationName)
      answered = true
      return session
    } catch (error) {
      if (error instanceof TransientError) answered = true
      throw answered ? asTransient(error) : error
    }
  }
  return {
    ...target,
    openSession: applicationName =>
      withRetries(
        policy,
        signal,
        () => open(applicationName),
        ({ attempt, error, waitMs }) => {
          log.warn('retry', `${error.message} Attempt ${attempt + 1} begins in ${(waitMs / 1000).toFixed(1)} s.`)
        },
      ),
  }
}

/**
 * Opens a session for some work and breaks it off if the signal is aborted: a statement that waits for a lock would not end
 * otherwise.
 *
 * @throws the signal's reason once it is aborted; else what the work throws
 */
export async function withAbortableSession<T>(
  target: Target,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await target.openSession('caseload')
  const stop = (): void => {
    breakOff(session)
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    signal.throwIfAborted()
    return await work(session)
  } catch (error) {
    // A session that was broken off fails like a lost connection.
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    await session.end().catch(() => undefined)
  }
}
