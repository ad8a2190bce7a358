import { setMaxListeners } from 'node:events'
import { AbortedError, TimeoutError } from './errors.ts'

/** What a command that works on batches listens to. */
export interface Stop {
  /** Aborted by the first SIGINT or SIGTERM, or when the time is over; its reason is the error to end with. */
  readonly signal: AbortSignal
  /** Stops listening. */
  release(): void
}

/**
 * Rolling back tells the ledger, and a server out of reach is waited for longer than an orchestrator waits between
 * SIGTERM and SIGKILL (10 s for a container).
 */
const longestRollback = 9000

/** The first signal rolls back what runs, for 9 s at most; the second ends the process at once. */
export function stopOnSignals(): Stop {
  const controller = new AbortController()
  // Every batch of a backfill listens while it runs; Node would warn of a leak from the eleventh on.
  setMaxListeners(0, controller.signal)
  const onSignal = (name: NodeJS.Signals): void => {
    const error = AbortedError.by(name === 'SIGINT' ? 'SIGINT' : 'SIGTERM')
    if (controller.signal.aborted) process.exit(error.exitCode)
    controller.abort(error)
    setTimeout(() => process.exit(error.exitCode), longestRollback).unref()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}

/**
 * Gives one batch the time it may take.
 *
 * @param seconds undefined for no limit
 * @param outer stops the batch too
 */
export async function withTimeout<T>(
  seconds: number | undefined,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (seconds === undefined) return work(outer)
  const controller = new AbortController()
  const timer = setTimeout(() => {
    controller.abort(TimeoutError.after(seconds))
  }, seconds * 1000)
  try {
    return await work(AbortSignal.any([outer, controller.signal]))
  } finally {
    clearTimeout(timer)
  }
}
