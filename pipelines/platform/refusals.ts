import { type CaseloadError, DatabaseError, LockedError, UsageError } from './errors.ts'
import { describeServerError, errorCode, isServerError } from './server-error.ts'
import { knownState } from './sqlstates.ts'

const classes = { usage: UsageError, failed: DatabaseError, locked: LockedError } as const

/**
 * Turns a server error into a CaseloadError with the exit code of its kind and what to do next. The server's message can
 * contain whole rows and is not repeated.
 *
 * @param error for which `isServerError` is true
 * @param what who refused what, such as `The database refused the stage`
 * @param outcome the state after the refusal, a sentence
 */
export function refusal(error: unknown, what = 'The database refused', outcome?: string): CaseloadError {
  const known = knownState(errorCode(error))
  const said = [`${what}: ${describeServerError(error)}.`, known?.remedy, outcome].filter(text => text !== undefined)
  return new classes[known?.kind ?? 'failed'](said.join(' '), { cause: error })
}

/** The same for a known server error; undefined for any other error, which may be a bug. */
export function knownRefusal(error: unknown): CaseloadError | undefined {
  return isServerError(error) && knownState(errorCode(error)) !== undefined ? refusal(error) : undefined
}
