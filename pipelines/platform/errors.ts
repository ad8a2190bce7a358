import { exitCodes, type ExitReason } from './exit-codes.ts'

/** Options of a {@link CaseloadError}. */
export interface CaseloadErrorOptions extends ErrorOptions {
  /** Default: the exit code of the class. */
  readonly exitCode?: number
}

/**
 * An error that a user can act on. `message` says what was expected, what was found and what to do next, and never contains
 * a patient's value. Any other thrown value is a bug and is shown with its stack.
 */
export class CaseloadError extends Error {
  /** The reason whose exit code instances have by default. */
  static readonly reason: ExitReason = 'failed'
  /** The exit code of the process, see `exit-codes.ts`. */
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

/** The delivered data cannot be accepted; earlier published data does not change: exit 3. */
export class RefusedError extends CaseloadError {
  static override readonly reason: ExitReason = 'refused'
  override readonly name = 'RefusedError'
}

/** A landing folder or file is missing or not complete yet: exit 4. */
export class MissingInputError extends CaseloadError {
  static override readonly reason: ExitReason = 'missing'
  override readonly name: string = 'MissingInputError'
}

/** The day has no landing folder, so nothing was delivered: exit 4. */
export class NoDeliveryError extends MissingInputError {
  override readonly name = 'NoDeliveryError'
}

/** Another run holds the batch, or a lock was not available in time; the same call may succeed later: exit 75. */
export class LockedError extends CaseloadError {
  static override readonly reason: ExitReason = 'locked'
  override readonly name: string = 'LockedError'
}

/** Another run works on the batch now: exit 75. */
export class BatchLockedError extends LockedError {
  override readonly name: string = 'BatchLockedError'
}

/** Another command published the batch, or rolled it back, after this one decided to load it: exit 75. */
export class SupersededError extends BatchLockedError {
  override readonly name = 'SupersededError'
}

/** The database cannot be reached, refuses the login, or lost the connection: exit 1. */
export class DatabaseError extends CaseloadError {
  override readonly name: string = 'DatabaseError'
}

/**
 * A failure of the database that a retry may fix, see `retry.ts`: a lost connection, a restart, a deadlock, a lock that was
 * not available in time. Exit 1 after the last retry.
 */
export class TransientError extends DatabaseError {
  override readonly name = 'TransientError'
}

/** No server answers at the address: it may be restarting, or the address is wrong: exit 1. */
export class UnreachableError extends DatabaseError {
  override readonly name = 'UnreachableError'
}

/** The command had nothing to do, and `--skip-exit-code` sets the exit code for that. */
export class SkippedError extends CaseloadError {
  override readonly name = 'SkippedError'
}

/** SIGINT (130) or SIGTERM (143) stopped the work; nothing was published. */
export class AbortedError extends CaseloadError {
  static override readonly reason: ExitReason = 'terminated'
  override readonly name = 'AbortedError'

  /** @param signal the signal that stopped the work */
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

  /**
   * @param seconds the timeout of the run
   * @param waited what it waited for at the end, and what to do about that: sentences
   */
  static after(seconds: number, waited?: string): TimeoutError {
    const told = `The run took longer than the ${seconds} s it was given; the batch was rolled back and readers saw nothing of it.`
    return new TimeoutError(waited === undefined ? told : `${told} ${waited}`)
  }
}

/** The classes that can be sent to another process. */
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

/** An error that the engine's process sends to this one. */
export interface WireError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  /** Only of a {@link CaseloadError}. */
  readonly exitCode?: number
}

/** Serializes an error for another process. */
export function toWire(error: unknown): WireError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined }
  const { name, message, stack } = error
  return error instanceof CaseloadError ? { name, message, stack, exitCode: error.exitCode } : { name, message, stack }
}

/**
 * Restores an error of another process: a {@link CaseloadError} of its class with its exit code, or an Error with its
 * original stack. An unknown class becomes CaseloadError.
 */
export function fromWire({ name, message, stack, exitCode }: WireError): Error {
  if (exitCode !== undefined) return new (classByName.get(name) ?? CaseloadError)(message, { exitCode })
  const error = new Error(message)
  error.name = name
  if (stack !== undefined) error.stack = stack
  return error
}

/** A copy with the same class and exit code, and another message. */
export function withMessage(error: CaseloadError, message: string): Error {
  return fromWire({ ...toWire(error), message })
}
