import { setTimeout as sleep } from 'node:timers/promises'
import { TransientError, UnreachableError } from './errors.ts'

/** How often, and after which waits, to retry work after a transient error. */
export interface RetryPolicy {
  /** The maximum number of retries; 0 for none. */
  readonly retries: number
  /** Milliseconds before the first retry; doubled for each further one. */
  readonly firstWait: number
  /** The maximum wait in milliseconds. */
  readonly longestWait: number
}

/** A restart of a server takes seconds to half a minute: 1 + 2 + 4 + 8 + 16 s are longer. */
export const defaultRetries: RetryPolicy = { retries: 5, firstWait: 1000, longestWait: 30_000 }

/**
 * How long to wait after a failed attempt.
 *
 * @param attempt the number of the failed attempt, from 1
 * @param random between 0 and 1: shortens the wait by up to a quarter, so that two runs do not retry at the same moment
 * @returns milliseconds; undefined if no retry is left
 */
export function waitAfter(policy: RetryPolicy, attempt: number, random: number): number | undefined {
  if (attempt > policy.retries) return undefined
  const full = Math.min(policy.longestWait, policy.firstWait * 2 ** (attempt - 1))
  return Math.round(full * (1 - random / 4))
}

/** A failed attempt that is followed by a retry. */
export interface FailedAttempt {
  /** From 1. */
  readonly attempt: number
  readonly error: TransientError
  /** The time of the failure, in milliseconds since 1970, by the clock of this machine. */
  readonly failedAt: number
  /** The wait until the next attempt. */
  readonly waitMs: number
}

/**
 * Does some work, and retries it while it ends with a {@link TransientError} and retries are left. Any other error, such as a
 * data error, ends it at once.
 *
 * @param work gets the number of the attempt, from 1
 * @param onRetry called for each failed attempt before the wait
 * @param signal ends a wait
 * @throws the last error, or the signal's reason
 */
export async function withRetries<T>(
  policy: RetryPolicy,
  signal: AbortSignal,
  work: (attempt: number) => Promise<T>,
  onRetry: (failed: FailedAttempt) => void,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      if (!(error instanceof TransientError)) throw error
      // What stops this process often stops the server too: then report the signal, not the lost connection.
      signal.throwIfAborted()
      const waitMs = waitAfter(policy, attempt, Math.random())
      if (waitMs === undefined) throw error
      onRetry({ attempt, error, failedAt: Date.now(), waitMs })
      await wait(waitMs, signal)
    }
  }
}

/** If the server answered a moment ago and does not now, it restarts: the error is transient. */
export function asTransient(error: unknown): unknown {
  return error instanceof UnreachableError ? new TransientError(error.message, { cause: error }) : error
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
