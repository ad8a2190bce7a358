import { describeBug } from './bug-report.ts'
import { diskReason, fileReason } from './disk-error.ts'
import { engineMessage } from './duckdb-error.ts'
import { CaseloadError } from './errors.ts'
import { exitCodes } from './exit-codes.ts'
import { quoteName } from './file-name.ts'
import type { LogFormat } from './log-format.ts'

/** How to write the error that ends a command. */
export interface FailureOptions {
  readonly format: LogFormat
  /** Removes secrets, see `redactor`. */
  readonly redact: (text: string) => string
}

/** The exit code for a thrown value. */
export function exitCodeOf(error: unknown): number {
  return error instanceof CaseloadError ? error.exitCode : exitCodes.failed
}

/**
 * What a command writes to standard error when it fails: the message of a CaseloadError, or class and stack of a bug. As
 * JSON one object with `time`, `level`, `stage`, `error` (the class), `exit_code`, `message`, and `stack` of a bug.
 *
 * @returns lines, with a line feed at the end
 */
export function failureLine(error: unknown, options: FailureOptions): string {
  if (error instanceof CaseloadError) return written(error.message, error, '', options)
  const full = diskReason(error)
  if (full !== undefined) return written(`A file cannot be written${placeOf(error)}: ${full}.`, error, '', options)
  const refused = fileReason(error)
  if (refused !== undefined) return written(`A file cannot be used${placeOf(error)}: ${refused}.`, error, '', options)
  const engine = engineMessage(error)
  if (engine !== undefined) return written(engine, error, '', options)
  const { what, where } = describeBug(error)
  return written(`this is a bug, please report it. ${what}`, error, where, options)
}

/** Errors of the file system name the file if it was opened by its path. */
function placeOf(error: unknown): string {
  const path = error instanceof Error && 'path' in error ? error.path : undefined
  return typeof path === 'string' ? ` (${quoteName(path)})` : ''
}

/**
 * Formats commander's message about a wrong command line, which may repeat arguments.
 *
 * @returns lines, with a line feed at the end; as JSON one object
 */
export function usageLine(text: string, { format, redact }: FailureOptions): string {
  if (format === 'text') return redact(text)
  const message = redact(text.trim())
  return message === ''
    ? ''
    : `${JSON.stringify({ ...head(), error: 'UsageError', exit_code: exitCodes.usage, message })}\n`
}

const head = (): Record<string, string> => ({ time: new Date().toISOString(), level: 'error', stage: 'exit' })

function written(message: string, error: unknown, where: string, { format, redact }: FailureOptions): string {
  const stack = where === '' ? {} : { stack: redact(where) }
  if (format === 'text') return `${redact(`caseload: ${message}${where === '' ? '' : `\n${where}`}`)}\n`
  const name = error instanceof Error ? error.name : typeof error
  return `${JSON.stringify({ ...head(), error: name, exit_code: exitCodeOf(error), message: redact(message), ...stack })}\n`
}
