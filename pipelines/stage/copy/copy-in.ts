import type { DriverConnection, DriverStatement, Session } from '../../platform/postgres.ts'

/**
 * Runs `COPY ... FROM STDIN` with backpressure, and sends every chunk as one CopyData message.
 *
 * @param session an idle session
 * @param statement a `copy ... from stdin` statement
 * @param chunks the payload; a chunk must not change after it was yielded. If iterating throws, the copy is cancelled
 *   on the server and the error is rethrown.
 * @returns the number of rows that the server reports
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

/** The methods of pg's Connection for COPY; its published types lack the last two. */
type CopyConnection = DriverConnection & { endCopyFrom(): void; sendCopyFail(message: string): void }

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
  // Prevents an unhandled rejection, which would end the process, before something awaits the promise.
  promise.catch(() => undefined)
  return { promise, resolve, reject }
}

/**
 * Maximum number of unsent bytes: a few chunks of 200 kB, so that neither side idles while the other works. 4 MB and
 * more cost a tenth more CPU, because buffers live longer and are collected later.
 */
const maxUnsent = 1 << 20

/** The handlers that pg calls while the COPY runs. */
class CopyIn implements DriverStatement {
  readonly #statement: string
  readonly #ready = settle<undefined>()
  readonly #done = settle<number>()
  #connection: CopyConnection | undefined
  #failure: unknown
  #unsent = 0
  #onSent: () => void = () => undefined
  #rows = 0

  constructor(statement: string) {
    this.#statement = statement
  }

  /** Resolves when the server is ready for data. */
  get ready(): Promise<undefined> {
    return this.#ready.promise
  }

  /** Resolves with the server's row count when the statement has ended. */
  get done(): Promise<number> {
    return this.#done.promise
  }

  async send(payload: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure as Error
    const stream = this.#stream()
    const head = Buffer.allocUnsafe(5)
    head.writeUInt8(0x64, 0)
    head.writeUInt32BE(payload.byteLength + 4, 1)
    this.#unsent += payload.byteLength
    stream.cork()
    stream.write(head)
    stream.write(payload, () => {
      this.#unsent -= payload.byteLength
      this.#onSent()
    })
    stream.uncork()
    while (this.#unsent > maxUnsent && !this.#hasFailed()) {
      await new Promise<void>(resolve => {
        this.#onSent = resolve
      })
    }
  }

  /** A method, so that TypeScript does not narrow the field: the failure can occur during the await. */
  #hasFailed(): boolean {
    return this.#failure !== undefined
  }

  end(): void {
    this.#connection?.endCopyFrom()
  }

  cancel(): void {
    if (this.#failure === undefined) this.#connection?.sendCopyFail('cancelled by the client')
  }

  submit = (connection: DriverConnection): void => {
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
    // After a lost connection no ReadyForQuery follows; after a server error this rejects only a little early.
    this.#done.reject(error)
    this.#onSent()
  }

  handleRowDescription = (): void => undefined
  handleDataRow = (): void => undefined
  handlePortalSuspended = (): void => undefined
  handleEmptyQuery = (): void => undefined
  handleCopyData = (): void => undefined

  #stream(): DriverConnection['stream'] {
    if (this.#connection === undefined) throw new Error('COPY was not submitted')
    return this.#connection.stream
  }
}
