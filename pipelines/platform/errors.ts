/** The exit codes of the CLI. An orchestrator may rely on them. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  missing: 4,
  locked: 75,
  timeout: 124,
  interrupted: 130,
  terminated: 143,
} as const

/**
 * An error a user can act on. `message` says what was expected, what was found and what to do next, and never holds a
 * patient's value. Anything thrown that is not a CaseloadError is a bug and is shown with its stack.
 */
export class CaseloadError extends Error {
  /** The process exits with this code, see {@link exitCodes}. */
  readonly exitCode: number = exitCodes.failed
  override readonly name: string = 'CaseloadError'
}

/** A wrong command line, configuration or source definition: exit 2. */
export class UsageError extends CaseloadError {
  override readonly exitCode: number = exitCodes.usage
  override readonly name = 'UsageError'
}

/** The delivered data cannot be accepted; what was published before stays as it was: exit 3. */
export class RefusedError extends CaseloadError {
  override readonly exitCode: number = exitCodes.refused
  override readonly name = 'RefusedError'
}

/** A landing folder or file is missing or not complete yet: exit 4. */
export class MissingInputError extends CaseloadError {
  override readonly exitCode: number = exitCodes.missing
  override readonly name: string = 'MissingInputError'
}

/** Nothing was delivered for the day: there is no landing folder; exit 4. */
export class NoDeliveryError extends MissingInputError {
  override readonly name = 'NoDeliveryError'
}

/** Another run holds the batch, or no lock could be had within the budget; the same call may go through later: exit 75. */
export class LockedError extends CaseloadError {
  override readonly exitCode: number = exitCodes.locked
  override readonly name: string = 'LockedError'
}

/** Another run is at work on the batch just now: exit 75. */
export class HeldError extends LockedError {
  override readonly name: string = 'HeldError'
}

/** Somebody else has published the batch, or put a version of it back, since it was decided to load it: exit 75. */
export class SettledError extends HeldError {
  override readonly name = 'SettledError'
}

/** The database cannot be reached, refuses us, or lost the connection: exit 1. */
export class DatabaseError extends CaseloadError {
  override readonly name: string = 'DatabaseError'
}

/**
 * The database was out of reach or in the way for a moment: a lost connection, a restart, a deadlock, a lock that was not
 * had. The same work may go through a little later, see `retry.ts`; exit 1 when it did not.
 */
export class PassingError extends DatabaseError {
  override readonly name = 'PassingError'
}

/** No server answers at the address: it may be restarting, or there is none; exit 1. */
export class UnreachableError extends DatabaseError {
  override readonly name = 'UnreachableError'
}

/** There was nothing to do, and the caller asked for an exit code of its own for that (`--skip-exit-code`). */
export class SkippedError extends CaseloadError {
  override readonly exitCode: number
  override readonly name = 'SkippedError'

  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

/** SIGINT (130) or SIGTERM (143) stopped the work; nothing of it was published. */
export class AbortedError extends CaseloadError {
  override readonly exitCode: number
  override readonly name = 'AbortedError'

  /** @param signal which signal stopped the work */
  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`Stopped by ${signal}; the batch was rolled back and readers saw nothing of it.`)
    this.exitCode = signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated
  }
}

/** `--timeout` ran out; nothing was published: exit 124. */
export class TimeoutError extends CaseloadError {
  override readonly exitCode: number = exitCodes.timeout
  override readonly name = 'TimeoutError'

  /** @param seconds how long the run was allowed to take */
  constructor(seconds: number) {
    super(
      `The run took longer than the ${seconds} s it was given; the batch was rolled back and readers saw nothing of it.`,
    )
  }
}

/** An error on its way from the engine's process to ours. */
export interface WireError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
}

const byName = {
  CaseloadError,
  UsageError,
  RefusedError,
  MissingInputError,
  NoDeliveryError,
  LockedError,
  DatabaseError,
  PassingError,
  UnreachableError,
} as const

/** Packs an error for another process. */
export function toWire(error: unknown): WireError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined }
  return { name: error.name, message: error.message, stack: error.stack }
}

/** Unpacks an error of another process: its class of {@link CaseloadError}, or an Error with the stack it had there. */
export function fromWire(wire: WireError): Error {
  if (Object.hasOwn(byName, wire.name)) return new byName[wire.name as keyof typeof byName](wire.message)
  const error = new Error(wire.message)
  error.name = wire.name
  if (wire.stack !== undefined) error.stack = wire.stack
  return error
}
