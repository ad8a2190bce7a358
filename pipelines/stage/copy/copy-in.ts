import type { DriverConnection, DriverStatement, Session } from '../../platform/postgres.ts'

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
  // Whoever waits gets the rejection; nobody waiting yet must not end the process.
  promise.catch(() => undefined)
  return { promise, resolve, reject }
}

/**
 * Bytes that may wait for the server: some chunks of 200 kB, so that neither side stands still while the other works. 4 MB
 * and more cost a tenth more CPU, for buffers that live long enough to be collected late.
 */
const maxUnsent = 1 << 20

/** The driver's side of COPY: an object with the handlers that pg calls for a statement under way. */
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

  /** A method, because the failure comes while somebody waits. */
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
    // A lost connection sends no ReadyForQuery; after a server error the rejection only comes a little early.
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
