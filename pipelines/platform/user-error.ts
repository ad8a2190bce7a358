import { workFolderMessage } from './disk-error.ts'
import { DuckDbError } from './duckdb-error.ts'
import { CaseloadError, DatabaseError, TransientError } from './errors.ts'
import { isConnectionLost, isServerError, isTransient, transientMessage } from './postgres.ts'
import { refusal } from './refusals.ts'

/** How {@link toUserError} words the errors of a server. */
export type UserErrorOptions = RefusalWords & (RetriedWords | { readonly lost: string })

interface RefusalWords {
  /** Who refused what, such as `The database refused the stage`. */
  readonly refused?: string
  /** What a refusal leaves behind, a sentence. */
  readonly outcome?: string
}

/** The caller tries again: a lost connection, a deadlock and the like become a TransientError. */
interface RetriedWords {
  /** When it happened, such as `while staging`. */
  readonly retriedWhen: string
}

/**
 * Turns an error of a driver into one that a user can act on. The drivers' own messages can hold whole rows, so the result
 * repeats none of them. Errors of Caseload, and bugs, stay as they are.
 *
 * @param options `lost` is the message for a lost connection of a caller that does not try again
 */
export function toUserError(error: unknown, options: UserErrorOptions): Error {
  if ('retriedWhen' in options) {
    if (isTransient(error)) return new TransientError(transientMessage(error, options.retriedWhen))
  } else if (isConnectionLost(error)) return new DatabaseError(options.lost)
  if (isServerError(error)) return refusal(error, options.refused, options.outcome)
  const full = workFolderMessage(error)
  if (full !== undefined) return new CaseloadError(full, { cause: error })
  if (error instanceof DuckDbError) return engineError(error)
  return error instanceof Error ? error : new Error(String(error))
}

function engineError(error: DuckDbError): Error {
  if (error.category === 'memory') {
    return new CaseloadError(`The engine ran out of memory (${error.message}). Give it more with CASELOAD_MEMORY.`)
  }
  if (error.category === 'io' || error.category === 'gzip') {
    return new CaseloadError(
      `The engine could not write or read a file (${error.message}). Make room below CASELOAD_WORK, or name another folder.`,
    )
  }
  return error
}
