import { workFolderMessage } from './disk-error.ts'
import { engineMessage } from './duckdb-error.ts'
import { CaseloadError, DatabaseError, TransientError } from './errors.ts'
import { isConnectionLost, isServerError, isTransient, transientMessage } from './server-error.ts'
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
  const engine = engineMessage(error)
  if (engine !== undefined) return new CaseloadError(engine)
  return error instanceof Error ? error : new Error(String(error))
}
