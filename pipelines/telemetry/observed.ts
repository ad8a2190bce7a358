import { AbortedError, CaseloadError, TimeoutError } from '../platform/errors.ts'
import { exitCodeOf } from '../platform/format-error.ts'
import type { Log } from '../platform/log.ts'
import type { Outcome, Published, RunAbout, Telemetry } from './run-event.ts'

/** Options of an observed run. */
export interface Observation extends RunAbout {
  readonly telemetries: readonly Telemetry[]
  readonly log: Log
  /** Removes secrets from the message of an error, see `redactor`. */
  readonly redact: (text: string) => string
  /** Called after the run: the number of its attempts. Default: 1. */
  readonly attempts?: () => number
}

/**
 * Runs a batch and reports its start and its end to all telemetries. The run does not wait for their `started`; a
 * failure of a telemetry is only a warning in the log.
 *
 * @param run called once
 * @returns the result of the run
 * @throws the error of the run, never one of a telemetry
 */
export async function observed<T extends Published>(run: () => Promise<T>, observation: Observation): Promise<T> {
  const { telemetries, log, redact, attempts = () => 1, ...about } = observation
  if (telemetries.length === 0) return run()
  const started = { ...about, startedAt: new Date() }
  const beginnings = telemetries.map(one => safely(one, log, () => one.started(started)))
  const end = async (outcome: Outcome): Promise<void> => {
    const event = { ...started, endedAt: new Date(), attempts: attempts(), outcome }
    await Promise.all(
      telemetries.map(async (one, index) => {
        await beginnings[index]
        await safely(one, log, () => one.ended(event))
      }),
    )
  }
  let published: T
  try {
    published = await run()
  } catch (error) {
    await end(failure(error, redact))
    throw error
  }
  await end({ state: 'published', exitCode: 0, published })
  return published
}

async function safely({ name }: Telemetry, log: Log, report: () => Promise<void>): Promise<void> {
  try {
    await report()
  } catch (error) {
    log.warn('telemetry', `${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The message of a CaseloadError contains no value; that of a bug may, so only its class is reported. */
function failure(error: unknown, redact: (text: string) => string): Outcome {
  const stopped = error instanceof AbortedError || error instanceof TimeoutError
  return {
    state: stopped ? 'stopped' : 'failed',
    exitCode: exitCodeOf(error),
    errorClass: error instanceof Error ? error.name : typeof error,
    message: error instanceof CaseloadError ? redact(error.message) : 'A bug in Caseload; its stack is in the log.',
  }
}
