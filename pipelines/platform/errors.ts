import { exitCodes, type ExitReason } from './exit-codes.ts'

/** What an error may carry besides its message. */
export interface CaseloadErrorOptions extends ErrorOptions {
  /** Default: that of the class. */
  readonly exitCode?: number
}

/**
 * An error a user can act on. `message` says what was expected, what was found and what to do next, and never holds a
 * patient's value. Anything thrown that is not a CaseloadError is a bug and is shown with its stack.
 */
export class CaseloadError extends Error {
  /** Why the command ends, unless an instance says otherwise. */
  static readonly reason: ExitReason = 'failed'
  /** The process exits with this code, see `exit-codes.ts`. */
  readonly exitCode: number
  override readonly name: string = 'CaseloadError'

  constructor(message: string, options: CaseloadErrorOptions = {}) {
    super(message, options)
    this.exitCode = options.exitCode ?? exitCodes[new.target.reason]
  }
}

/** A wrong command line, configuration or source definition: exit 2. */
export class UsageError extends CaseloadError {
  static override readonly reason: ExitReason = 'usage'
  override readonly name = 'UsageError'
}

/** The delivered data cannot be accepted; what was published before stays as it was: exit 3. */
export class RefusedError extends CaseloadError {
  static override readonly reason: ExitReason = 'refused'
  override readonly name = 'RefusedError'
}

/** A landing folder or file is missing or not complete yet: exit 4. */
export class MissingInputError extends CaseloadError {
  static override readonly reason: ExitReason = 'missing'
  override readonly name: string = 'MissingInputError'
}

/** Nothing was delivered for the day: there is no landing folder; exit 4. */
export class NoDeliveryError extends MissingInputError {
  override readonly name = 'NoDeliveryError'
}

/** Another run holds the batch, or no lock could be had within the budget; the same call may go through later: exit 75. */
export class LockedError extends CaseloadError {
  static override readonly reason: ExitReason = 'locked'
  override readonly name: string = 'LockedError'
}

/** Another run is at work on the batch just now: exit 75. */
export class BatchLockedError extends LockedError {
  override readonly name: string = 'BatchLockedError'
}

/** Somebody else has published the batch, or put a version of it back, since it was decided to load it: exit 75. */
export class SupersededError extends BatchLockedError {
  override readonly name = 'SupersededError'
}

/** The database cannot be reached, refuses us, or lost the connection: exit 1. */
export class DatabaseError extends CaseloadError {
  override readonly name: string = 'DatabaseError'
}

/**
 * The database was out of reach or in the way for a moment: a lost connection, a restart, a deadlock, a lock that was not
 * had. The same work may go through a little later, see `retry.ts`; exit 1 when it did not.
 */
export class TransientError extends DatabaseError {
  override readonly name = 'TransientError'
}

/** No server answers at the address: it may be restarting, or there is none; exit 1. */
export class UnreachableError extends DatabaseError {
  override readonly name = 'UnreachableError'
}

/** There was nothing to do, and the caller asked for an exit code of its own for that (`--skip-exit-code`). */
export class SkippedError extends CaseloadError {
  override readonly name = 'SkippedError'
}

/** SIGINT (130) or SIGTERM (143) stopped the work; nothing of it was published. */
export class AbortedError extends CaseloadError {
  static override readonly reason: ExitReason = 'terminated'
  override readonly name = 'AbortedError'

  /** @param signal which signal stopped the work */
  static by(signal: 'SIGINT' | 'SIGTERM'): AbortedError {
    return new AbortedError(`Stopped by ${signal}; the batch was rolled back and readers saw nothing of it.`, {
      exitCode: signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated,
    })
  }
}

/** `--timeout` ran out; nothing was published: exit 124. */
export class TimeoutError extends CaseloadError {
  static override readonly reason: ExitReason = 'timeout'
  override readonly name = 'TimeoutError'

  /** @param seconds how long the run was allowed to take */
  static after(seconds: number): TimeoutError {
    return new TimeoutError(
      `The run took longer than the ${seconds} s it was given; the batch was rolled back and readers saw nothing of it.`,
    )
  }
}

/** Every class that another process may be told of, by its name. */
const classes: readonly (typeof CaseloadError)[] = [
  CaseloadError,
  UsageError,
  RefusedError,
  MissingInputError,
  NoDeliveryError,
  LockedError,
  BatchLockedError,
  SupersededError,
  DatabaseError,
  TransientError,
  UnreachableError,
  SkippedError,
  AbortedError,
  TimeoutError,
]
const classByName = new Map(classes.map(one => [one.name, one]))

/** An error on its way from the engine's process to ours. */
export interface WireError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  /** Of a {@link CaseloadError}. */
  readonly exitCode?: number
}

/** Packs an error for another process. */
export function toWire(error: unknown): WireError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined }
  const { name, message, stack } = error
  return error instanceof CaseloadError ? { name, message, stack, exitCode: error.exitCode } : { name, message, stack }
}

/**
 * Unpacks an error of another process: its class of {@link CaseloadError} with its exit code, or an Error with the stack it
 * had there. A class that only the other process knows comes as CaseloadError.
 */
export function fromWire({ name, message, stack, exitCode }: WireError): Error {
  if (exitCode !== undefined) return new (classByName.get(name) ?? CaseloadError)(message, { exitCode })
  const error = new Error(message)
  error.name = name
  if (stack !== undefined) error.stack = stack
  return error
}

/** An error of the same class and exit code that says something else. */
export function withMessage(error: CaseloadError, message: string): Error {
  return fromWire({ ...toWire(error), message })
}
