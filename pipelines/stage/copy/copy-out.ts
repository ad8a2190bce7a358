import type { DriverConnection, DriverStatement, Session } from '../../platform/postgres.ts'

/** A running `COPY ... TO STDOUT`. */
export interface CopiedOut {
  /** The payload in chunks of about 100 kB, which are not reused. Throws the server's error. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** The number of rows that the server reports; known after the last chunk. */
  rows(): number
}

/**
 * Starts `COPY ... TO STDOUT` with backpressure: the server waits until the caller takes the chunks.
 *
 * @param session an idle session. A caller that stops before the last chunk must end it, because the server continues
 *   to send.
 * @param statement a `copy ... to stdout` statement
 */
export function copyOut(session: Session, statement: string): CopiedOut {
  const copy = new CopyOut(statement)
  session.query(copy)
  return { chunks: copy, rows: () => copy.rows }
}

/**
 * Each row is one message. Collected into chunks of this size, 3M rows take 2.1 s of CPU in this process, out and in
 * again.
 */
const chunkBytes = 128 << 10

/** Maximum number of bytes that wait for the caller. */
const maxWaiting = 1 << 20

/** The handlers that pg calls while the COPY runs. */
class CopyOut implements DriverStatement, AsyncIterable<Uint8Array> {
  rows = 0
  readonly #statement: string
  #connection: DriverConnection | undefined
  #filling = Buffer.allocUnsafe(chunkBytes)
  #filled = 0
  #full: Uint8Array[] = []
  #waiting = 0
  #over = false
  #failure: unknown
  #onChange: () => void = () => undefined

  constructor(statement: string) {
    this.#statement = statement
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#full.shift()
      if (chunk !== undefined) {
        this.#waiting -= chunk.byteLength
        if (this.#waiting < maxWaiting) this.#connection?.stream.resume()
        yield chunk
      } else if (this.#failure !== undefined) throw this.#failure as Error
      else if (this.#over) return
      else {
        await new Promise<void>(resolve => {
          this.#onChange = resolve
        })
      }
    }
  }

  submit = (connection: DriverConnection): void => {
    this.#connection = connection
    connection.query(this.#statement)
  }

  /** Copies the bytes, because the driver reuses the memory of a message. */
  handleCopyData = ({ chunk }: { chunk: Buffer }): void => {
    if (this.#filled + chunk.byteLength > this.#filling.byteLength) this.#flush(chunk.byteLength)
    this.#filled += chunk.copy(this.#filling, this.#filled)
  }

  handleCommandComplete = (message: { text: string }): void => {
    this.rows = Number(/(\d+)$/.exec(message.text)?.[1] ?? 0)
  }

  handleReadyForQuery = (): void => {
    this.#flush(0)
    this.#over = true
    this.#onChange()
  }

  handleError = (error: unknown): void => {
    this.#failure = error
    this.#onChange()
  }

  handleRowDescription = (): void => undefined
  handleDataRow = (): void => undefined
  handlePortalSuspended = (): void => undefined
  handleEmptyQuery = (): void => undefined
  handleCopyInResponse = (): void => undefined

  /** Queues the collected bytes as a chunk, and allocates a buffer for a message of `next` bytes. */
  #flush(next: number): void {
    if (this.#filled > 0) {
      this.#full.push(this.#filling.subarray(0, this.#filled))
      this.#waiting += this.#filled
      if (this.#waiting >= maxWaiting) this.#connection?.stream.pause()
    }
    this.#filling = Buffer.allocUnsafe(Math.max(chunkBytes, next))
    this.#filled = 0
    this.#onChange()
  }
}
