import pg from 'pg'
import { DatabaseError } from './errors.ts'

/** One session on the server. A type of our own name, so that no other module needs the driver. */
export type Session = pg.Client

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

/** Dates and times stay the text Postgres sends: a JavaScript Date would move a date by the time zone of this machine. */
function parserOf(type: number): (text: string) => unknown {
  if (type === oid.bool) return text => text === 't'
  if (type === oid.int8) return text => (Number.isSafeInteger(Number(text)) ? Number(text) : text)
  if (numbers.includes(type)) return Number
  if (type === oid.json || type === oid.jsonb) return text => JSON.parse(text) as unknown
  return text => text
}

/** Every session speaks UTC and ISO; a server that lost its client notices within a second (0.7 s against 20.7 s). */
const sessionSettings = [
  '-c timezone=UTC',
  '-c datestyle=ISO',
  '-c client_min_messages=warning',
  '-c client_connection_check_interval=1000',
  '-c search_path=clinical,store,caseload',
  // PG 15 compiled 989 functions for one view over 60 leaves, and took longer to do so than to answer.
  '-c jit=off',
].join(' ')

/**
 * Opens one session.
 *
 * @throws DatabaseError when the server cannot be reached or refuses the login; the message holds no password
 */
export async function connect(options: ConnectOptions): Promise<Session> {
  const client = new pg.Client({
    ...(options.url === undefined ? {} : { connectionString: options.url }),
    application_name: options.applicationName.slice(0, 63),
    options: sessionSettings,
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    types: { getTypeParser: parserOf },
  })
  // The next query reports a lost connection; without a listener the event would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw connectionError(error)
  }
  return client
}

/** The SQLSTATE of a server error, the errno of a connection error, or undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The table that a server error names, if it names one. */
export function errorTable(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.table : undefined
}

/**
 * What may be said of a server error: code, table, column, constraint. Its message, detail and context can hold whole
 * rows, so none of them is repeated.
 */
export function describeServerError(error: unknown): string {
  if (!(error instanceof pg.DatabaseError)) return error instanceof Error ? error.message : 'unknown error'
  const parts = [`SQLSTATE ${error.code ?? 'unknown'}`]
  if (error.table !== undefined) parts.push(`table ${error.table}`)
  if (error.column !== undefined) parts.push(`column ${error.column}`)
  if (error.constraint !== undefined) parts.push(`constraint ${error.constraint}`)
  const line = /\bline (\d+)/.exec(error.where ?? '')?.[1]
  if (line !== undefined) parts.push(`line ${line}`)
  return parts.join(', ')
}

/** True if the error came from the server itself, false for a lost connection or an error of this process. */
export function isServerError(error: unknown): boolean {
  return error instanceof pg.DatabaseError
}

/**
 * True if the connection is gone and the fate of the statement unknown: SQLSTATE class 08 and 57P0x, or a socket error.
 */
export function isConnectionLost(error: unknown): boolean {
  const code = errorCode(error)
  if (code !== undefined) return /^(08...|57P0.|ECONN.*|EPIPE|ETIMEDOUT)$/.test(code)
  return error instanceof Error && /connection (terminated|ended)|not queryable|Client was closed/i.test(error.message)
}

function connectionError(error: unknown): DatabaseError {
  const code = errorCode(error)
  const reason =
    code === '28P01' || code === '28000'
      ? 'the server refused the user or the password'
      : code === '3D000'
        ? 'the server has no database of that name'
        : code === 'ECONNREFUSED' || code === 'ENOENT'
          ? 'no server listens there'
          : code === '53300'
            ? 'the server has no connection left'
            : code === '57P03'
              ? 'the server is starting up or shutting down'
              : (code ?? (error instanceof Error ? error.message : 'unknown reason'))
  return new DatabaseError(
    `Cannot connect to PostgreSQL: ${reason}. Check DATABASE_URL (or PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE), ` +
      'or unset it to use the embedded server.',
    { cause: error },
  )
}

/**
 * Runs `COPY ... FROM STDIN`, sending every chunk as one CopyData message, with backpressure.
 *
 * @param session a session with no statement under way
 * @param statement a `copy ... from stdin` statement
 * @param chunks the payload; a chunk must not be changed after it was yielded. If iterating throws, the copy is
 *   cancelled on the server and that error is thrown on.
 * @returns the number of rows the server says it copied
 * @throws the server's error if it refuses a row; the session can be used again after a rollback
 */
export async function copyIn(session: Session, statement: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const copy = new CopyIn(statement)
  session.query(copy)
  await copy.ready
  try {
    for await (const chunk of chunks) await copy.send(chunk)
  } catch (error) {
    copy.cancel()
    await copy.done.catch(() => undefined)
    throw error
  }
  copy.end()
  return copy.done
}

/** What pg's Connection offers a COPY; its published types leave the last two out. */
type CopyConnection = pg.Connection & { endCopyFrom(): void; sendCopyFail(message: string): void }

interface Settle<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

function settle<T>(): Settle<T> {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  // Whoever waits gets the rejection; nobody waiting yet must not end the process.
  promise.catch(() => undefined)
  return { promise, resolve, reject }
}

/** The driver's side of COPY: an object with the handlers that pg calls for a statement under way. */
class CopyIn implements pg.Submittable {
  readonly #statement: string
  readonly #ready = settle<undefined>()
  readonly #done = settle<number>()
  #connection: CopyConnection | undefined
  #failure: unknown
  #rows = 0

  constructor(statement: string) {
    this.#statement = statement
  }

  /** Fulfilled when the server waits for data. */
  get ready(): Promise<undefined> {
    return this.#ready.promise
  }

  /** Fulfilled with the server's row count when the statement is over. */
  get done(): Promise<number> {
    return this.#done.promise
  }

  async send(payload: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure as Error
    const stream = this.#stream()
    const head = Buffer.allocUnsafe(5)
    head.writeUInt8(0x64, 0)
    head.writeUInt32BE(payload.byteLength + 4, 1)
    stream.cork()
    stream.write(head)
    const more = stream.write(payload)
    stream.uncork()
    if (!more) await this.#drained()
  }

  end(): void {
    this.#connection?.endCopyFrom()
  }

  cancel(): void {
    if (this.#failure === undefined) this.#connection?.sendCopyFail('cancelled by the client')
  }

  submit = (connection: pg.Connection): void => {
    this.#connection = connection as CopyConnection
    connection.query(this.#statement)
  }

  handleCopyInResponse = (): void => {
    this.#ready.resolve(undefined)
  }

  handleCommandComplete = (message: { text: string }): void => {
    this.#rows = Number(/(\d+)$/.exec(message.text)?.[1] ?? 0)
  }

  handleReadyForQuery = (): void => {
    if (this.#failure === undefined) this.#done.resolve(this.#rows)
    else this.#done.reject(this.#failure)
  }

  handleError = (error: unknown): void => {
    this.#failure = error
    this.#ready.reject(error)
    // A lost connection sends no ReadyForQuery; after a server error the rejection only comes a little early.
    this.#done.reject(error)
    this.#stream().emit('drain')
  }

  handleRowDescription = (): void => undefined
  handleDataRow = (): void => undefined
  handlePortalSuspended = (): void => undefined
  handleEmptyQuery = (): void => undefined
  handleCopyData = (): void => undefined

  #stream(): NodeJS.WritableStream & { cork(): void; uncork(): void } {
    if (this.#connection === undefined) throw new Error('COPY was not submitted')
    return this.#connection.stream
  }

  #drained(): Promise<void> {
    const stream = this.#stream()
    return new Promise(resolve => {
      const over = (): void => {
        stream.off('drain', over)
        stream.off('close', over)
        resolve()
      }
      stream.on('drain', over)
      stream.on('close', over)
    })
  }
}
