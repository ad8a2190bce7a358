import pg from 'pg'
import { knownState } from './sqlstates.ts'

/** The SQLSTATE of a server error, the errno of a connection error, or undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The SQLSTATE of a lock that was not available within lock_timeout. */
export const lockNotAvailable = '55P03'

/** The SQLSTATE of a right that the role lacks. */
export const insufficientPrivilege = '42501'

/** The server's words about a missing right, if they hold names alone: code of a user can raise the same SQLSTATE. */
export function permissionWords(error: unknown): string | undefined {
  if (errorCode(error) !== insufficientPrivilege || !(error instanceof pg.DatabaseError)) return undefined
  return /^(?:permission denied (?:for|to)|must be (?:owner|superuser|member))\b[^\n]*$/.test(error.message)
    ? error.message
    : undefined
}

/** The table that a server error names, if any. */
export function errorTable(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.table : undefined
}

/** Sets the table of a server error that names none, such as that of a lock that was not available in time. */
export function nameTable(error: unknown, table: string): void {
  if (error instanceof pg.DatabaseError) error.table = table
}

/**
 * Describes a server error by code, table, column and constraint. Its message, detail and context can contain whole rows, so
 * they are not repeated.
 */
export function describeServerError(error: unknown): string {
  if (!(error instanceof pg.DatabaseError)) return error instanceof Error ? error.message : 'unknown error'
  const parts = [`SQLSTATE ${error.code ?? 'unknown'}`]
  if (error.table !== undefined) parts.push(`table ${error.table}`)
  if (error.column !== undefined) parts.push(`column ${error.column}`)
  if (error.constraint !== undefined) parts.push(`constraint ${error.constraint}`)
  const line = /\bline ([1-9]\d*)/.exec(error.where ?? '')?.[1]
  if (line !== undefined) parts.push(`line ${line}`)
  const refused = permissionWords(error)
  if (refused !== undefined) parts.push(refused)
  const said = parts.join(', ')
  const known = knownState(error.code)
  return known === undefined ? said : `${said}: ${known.words}`
}

/** True if the error came from the server itself, false for a lost connection or an error of this process. */
export function isServerError(error: unknown): boolean {
  return error instanceof pg.DatabaseError
}

/**
 * True if the connection is lost and the outcome of the statement unknown: SQLSTATE class 08 and 57P0x, or a socket error.
 */
export function isConnectionLost(error: unknown): boolean {
  const code = errorCode(error)
  if (code !== undefined) return /^(08...|57P0.|ECONN.*|EPIPE|ETIMEDOUT)$/.test(code)
  return error instanceof Error && /connection (terminated|ended)|not queryable|Client was closed/i.test(error.message)
}

/**
 * True for a transient error of the server: a lost or refused connection (08, 57P01 to 57P03, 57P05, 53300), a serialization
 * failure or deadlock (40001, 40P01), a lock that was not available in time (55P03), an object that another session grants
 * or alters at the same moment. Never for an error that the data causes.
 */
export function isTransient(error: unknown): boolean {
  const code = errorCode(error)
  if (code !== undefined && /^(40001|40P01|55P03|53300|57P05)$/.test(code)) return true
  if (isSameObject(error)) return true
  return isConnectionLost(error) && code !== '57P04'
}

/** The server has no SQLSTATE of its own for this, and does not translate the message. */
function isSameObject(error: unknown): boolean {
  return errorCode(error) === 'XX000' && error instanceof Error && error.message.startsWith('tuple concurrently ')
}

/**
 * The message for a transient error.
 *
 * @param when such as `while staging`
 */
export function transientMessage(error: unknown, when: string): string {
  return isConnectionLost(error)
    ? `The connection to the database was lost ${when}; nothing was published.`
    : `The database was busy ${when} (${describeServerError(error)}); nothing was published.`
}
