import { setMaxListeners } from 'node:events'
import { AbortedError, TimeoutError } from './errors.ts'

/** Stops a command that works on batches. */
export interface Stop {
  /** Aborted by the first SIGINT or SIGTERM, or the grace time after it; its reason is the error that ends the command. */
  readonly signal: AbortSignal
  /** Aborted by the first SIGINT or SIGTERM: no further batch is to start. */
  readonly stopping: AbortSignal
  /** Removes the signal handlers. */
  release(): void
}

/**
 * A rollback writes to the ledger, and the wait for an unreachable server would be longer than an orchestrator waits between
 * SIGTERM and SIGKILL (10 s for a container).
 */
const longestRollback = 9000

/**
 * The first signal rolls back the running batches, for 9 s at most; the second ends the process at once.
 *
 * @param graceMs how long the running batches may go on after the first signal
 */
export function stopOnSignals(graceMs = 0): Stop {
  const stopping = new AbortController()
  const controller = new AbortController()
  // Every running batch of a backfill listens; Node would warn of a leak from the eleventh listener on.
  setMaxListeners(0, controller.signal)
  const onSignal = (name: NodeJS.Signals): void => {
    const error = AbortedError.by(name === 'SIGINT' ? 'SIGINT' : 'SIGTERM')
    if (stopping.signal.aborted) process.exit(error.exitCode)
    stopping.abort(error)
    const end = (): void => {
      controller.abort(error)
      setTimeout(() => process.exit(error.exitCode), longestRollback).unref()
    }
    if (graceMs === 0) end()
    else setTimeout(end, graceMs).unref()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    stopping: stopping.signal,
    release: () => {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}

/**
 * Runs one batch with a timeout.
 *
 * @param seconds undefined for no timeout
 * @param outer stops the batch as well
 * @param waitsFor asked when the time is over, while the work goes on: what it waits for, for the error; never rejects, and answers
 *   within seconds
 */
export async function withTimeout<T>(
  seconds: number | undefined,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  waitsFor?: () => Promise<string | undefined>,
): Promise<T> {
  if (seconds === undefined) return work(outer)
  const controller = new AbortController()
  const end = async (): Promise<void> => {
    controller.abort(TimeoutError.after(seconds, await waitsFor?.()))
  }
  const timer = setTimeout(() => void end(), seconds * 1000)
  try {
    return await work(AbortSignal.any([outer, controller.signal]))
  } finally {
    clearTimeout(timer)
  }
}
