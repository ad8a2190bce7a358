import { AbortedError, CaseloadError, TimeoutError } from '../platform/errors.ts'
import { exitCodeOf } from '../platform/format-error.ts'
import type { Log } from '../platform/log.ts'
import type { Outcome, Published, RunAbout, Telemetry } from './run-event.ts'

/** What a run is observed with. */
export interface Observation extends RunAbout {
  readonly telemetries: readonly Telemetry[]
  readonly log: Log
  /** Removes secrets from what an error says, see `redactor`. */
  readonly redact: (text: string) => string
  /** Asked once the run has ended: how often it was tried. Default: once. */
  readonly attempts?: () => number
}

/**
 * Runs a batch and tells all telemetries when it begins and how it ends. The run does not wait for what they do at its
 * beginning; what goes wrong with them is a warning in the log and nothing else.
 *
 * @param run the run; it is called once
 * @returns what the run gave
 * @throws what the run threw, and nothing of the telemetries
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

async function safely({ name }: Telemetry, log: Log, tell: () => Promise<void>): Promise<void> {
  try {
    await tell()
  } catch (error) {
    log.warn('telemetry', `${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** A message of ours is free of values by contract; that of a bug may hold anything, so its class is all that is told. */
function failure(error: unknown, redact: (text: string) => string): Outcome {
  const stopped = error instanceof AbortedError || error instanceof TimeoutError
  return {
    state: stopped ? 'stopped' : 'failed',
    exitCode: exitCodeOf(error),
    errorClass: error instanceof Error ? error.name : typeof error,
    message: error instanceof CaseloadError ? redact(error.message) : 'A bug of Caseload; its stack is in the log.',
  }
}
