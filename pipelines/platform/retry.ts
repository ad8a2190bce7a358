import { setTimeout as sleep } from 'node:timers/promises'
import { TransientError, UnreachableError } from './errors.ts'

/** How often and how patiently work that met a passing trouble is tried again. */
export interface RetryPolicy {
  /** Tries after the first; 0 for none. */
  readonly retries: number
  /** Milliseconds before the first of them; doubled for each further one. */
  readonly firstWait: number
  /** Never more milliseconds than these. */
  readonly longestWait: number
}

/** A restart of a server takes seconds to half a minute: 1 + 2 + 4 + 8 + 16 s outlast it. */
export const defaultRetries: RetryPolicy = { retries: 5, firstWait: 1000, longestWait: 30_000 }

/**
 * How long to wait after a failed attempt.
 *
 * @param attempt which one failed, from 1
 * @param random between 0 and 1: up to a quarter is taken off, so that two runs do not come back at one moment
 * @returns milliseconds, undefined if no try is left
 */
export function waitAfter(policy: RetryPolicy, attempt: number, random: number): number | undefined {
  if (attempt > policy.retries) return undefined
  const full = Math.min(policy.longestWait, policy.firstWait * 2 ** (attempt - 1))
  return Math.round(full * (1 - random / 4))
}

/** What is known of a failed attempt that is followed by another. */
export interface FailedAttempt {
  /** From 1. */
  readonly attempt: number
  readonly error: TransientError
  /** When it failed, in milliseconds, by the clock of this machine. */
  readonly failedAt: number
  /** Until the next one. */
  readonly waitMs: number
}

/**
 * Does some work, again and again while it ends with a {@link TransientError} and tries are left. Any other error, a data
 * error above all, ends it at once.
 *
 * @param work told which attempt it is, from 1
 * @param onRetry told of each failed attempt before the wait
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
      // Who stops us often stops the server, too: then it is the signal that ended the work.
      signal.throwIfAborted()
      const waitMs = waitAfter(policy, attempt, Math.random())
      if (waitMs === undefined) throw error
      onRetry({ attempt, error, failedAt: Date.now(), waitMs })
      await wait(waitMs, signal)
    }
  }
}

/** Where the server was there a moment ago, an address without a server is one whose server restarts. */
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
