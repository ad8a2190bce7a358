import pg from 'pg'
import { unreadableUrl } from './database-url.ts'
import { DatabaseError, TransientError, UnreachableError, UsageError } from './errors.ts'
import { type SessionStart, sessionStart } from './session-settings.ts'
import { quoteIdent } from './sql.ts'
import { errorCode, insufficientPrivilege, isConnectionLost } from './server-error.ts'
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
