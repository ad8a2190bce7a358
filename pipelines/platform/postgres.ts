import pg from 'pg'
import { unreadableUrl } from './database-url.ts'
import { DatabaseError, TransientError, UnreachableError, UsageError } from './errors.ts'
import { type SessionStart, sessionStart } from './session-settings.ts'
import { quoteIdent } from './sql.ts'
import { knownState } from './sqlstates.ts'
import type { TlsTry } from './tls.ts'

/** One session on the server. Other modules use this type instead of the driver's. */
export type Session = pg.Client

/** The driver's connection, for a statement that uses the protocol directly. */
export type DriverConnection = pg.Connection

/** A statement that uses the protocol directly: an object with the handlers that the driver calls. */
export type DriverStatement = pg.Submittable

/** How to reach a server: a URL, or `undefined` for the PG* environment (PGHOST, PGPASSFILE, ...) that libpq users know. */
export interface ConnectOptions {
  readonly url: string | undefined
  /** Shown in pg_stat_activity. At most 63 bytes, no patient value. */
  readonly applicationName: string
}

const oid = {
  bool: 16,
  int8: 20,
  int2: 21,
  int4: 23,
  oid: 26,
  json: 114,
  float4: 700,
  float8: 701,
  jsonb: 3802,
} as const

const numbers: readonly number[] = [oid.int2, oid.int4, oid.oid, oid.float4, oid.float8]

/** The JSON type of a column's values: `bigint` may have more digits than a JavaScript number, `other` is text. */
export type ColumnKind = 'boolean' | 'number' | 'bigint' | 'json' | 'other'

/** The kind of a column, by the object id of its type. */
export function columnKind(type: number): ColumnKind {
  if (type === oid.bool) return 'boolean'
  if (type === oid.int8) return 'bigint'
  if (numbers.includes(type)) return 'number'
  return type === oid.json || type === oid.jsonb ? 'json' : 'other'
}

/** Dates and times stay text: a JavaScript Date would shift a date by the time zone of this machine. */
function parserOf(type: number): (text: string) => unknown {
  const kind = columnKind(type)
  if (kind === 'boolean') return text => text === 't'
  if (kind === 'bigint') return text => (Number.isSafeInteger(Number(text)) ? Number(text) : text)
  if (kind === 'number') return Number
  if (kind === 'json') return text => JSON.parse(text) as unknown
  return text => text
}

/**
 * Opens one session.
 *
 * @throws DatabaseError when the server cannot be reached or refuses the login; the message contains no password
 * @throws UsageError for a URL that cannot be parsed, and for TLS settings that libpq would refuse
 */
export async function connect(options: ConnectOptions): Promise<Session> {
  const start = sessionStart(options.url, process.env)
  for (const [index, ssl] of start.tls.tries.entries()) {
    try {
      return await connectOnce(start, options.applicationName, ssl)
    } catch (error) {
      if (index + 1 < start.tls.tries.length && mayHelp(error)) continue
      throw error instanceof UsageError ? error : connectionError(error)
    }
  }
  throw new Error('a connection has at least one try')
}

/** True if the next try, with TLS instead of without it or without it, may succeed: only TLS was the problem. */
function mayHelp(error: unknown): boolean {
  const code = errorCode(error)
  if (error instanceof pg.DatabaseError) return code === '28000'
  if (code !== undefined) return /^(ERR_SSL|ERR_TLS|EPROTO|ECONNRESET)/.test(code)
  return error instanceof Error && /SSL connection|connection terminated/i.test(error.message)
}

async function connectOnce(
  { connectionString, options, tls, patienceMs }: SessionStart,
  applicationName: string,
  ssl: TlsTry,
): Promise<Session> {
  const client = clientOf({
    ...(connectionString === undefined ? {} : { connectionString }),
    application_name: applicationName.slice(0, 63),
    options,
    connectionTimeoutMillis: patienceMs,
    keepAlive: true,
    types: { getTypeParser: parserOf },
    ssl,
    // The driver supports it; its types do not declare it. Without TLS the driver refuses other values of PGSSLNEGOTIATION.
    ...{ sslnegotiation: ssl === false ? 'postgres' : tls.negotiation },
  })
  // The next query reports a lost connection; without a listener the event would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    if (errorCode(error) !== insufficientPrivilege) throw error
    const { user = '', database = '' } = client
    throw new UsageError(
      `Role ${user} may not connect to database ${database}. To go on, as the owner of the database or a superuser: ` +
        `grant connect on database ${quoteIdent(database)} to ${quoteIdent(user)}.`,
    )
  }
  return client
}

/** The constructor parses the URL; its error may repeat the URL. */
function clientOf(config: pg.ClientConfig): pg.Client {
  try {
    return new pg.Client(config)
  } catch {
    throw unreadableUrl()
  }
}

/**
 * Breaks a session off at once. Its statement fails with a lost connection; the server notices within a second and rolls
 * back.
 */
export function breakOff(session: Session): void {
  session.connection.stream.destroy()
}

/** The process id of a session's backend, as in pg_stat_activity; undefined if the server sent none. */
export function backendOf(session: Session): number | undefined {
  // The driver's types do not declare it.
  return (session as Session & { readonly processID?: number | null }).processID ?? undefined
}

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

/** Codes of a server that is starting up or has no connection left. One that does not answer at all may be a wrong address. */
const transientAtConnect = /^(57P0[123]|53300|ECONNRESET|EPIPE)$/
const unreachable = /^(ECONNREFUSED|ENOENT|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EAI_AGAIN)$/
/** The driver's message, without a code, if the server does not answer within connectionTimeoutMillis. */
const noAnswer = /^timeout expired$/

/** Messages for connection errors that a user can act on. */
const connectReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no server listens there',
  ENOENT: 'no server listens there',
  '08P01':
    'a pooler in front of it refuses the settings of a session (08P01), and a pooled session cannot hold the lock of a batch',
}

/** The error for a connection that failed, or was lost before the session could be used. */
export function connectionError(error: unknown): DatabaseError {
  const code = errorCode(error)
  const reason =
    connectReasons[code ?? ''] ??
    knownState(code)?.words ??
    code ??
    (error instanceof Error ? error.message : 'unknown reason')
  const message = error instanceof Error ? error.message : ''
  const Kind =
    transientAtConnect.test(code ?? '') || (code === undefined && isConnectionLost(error))
      ? TransientError
      : unreachable.test(code ?? '') || noAnswer.test(message)
        ? UnreachableError
        : DatabaseError
  return new Kind(
    `Cannot connect to PostgreSQL: ${reason}. Check DATABASE_URL (or PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE), ` +
      'or, for the embedded server, caseload db status.',
    { cause: error },
  )
}
