import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { LockedError } from '../../platform/errors.ts'
import { s3ErrorName } from './s3-error.ts'

/** What a new object holds. */
export interface Content {
  readonly bytes: number
  /** In hexadecimal; the store compares it. */
  readonly sha256: string
  /** Reads it from its start, for each attempt. An error of it ends the attempts. */
  readonly open: () => AsyncIterable<Uint8Array>
}

/** Maximum number of attempts: the SDK does not repeat a request whose body is a stream. */
const tries = 3
const pauseMs = 500

/** A request to create an object. */
export interface Sending {
  readonly Body: Readable
  readonly ContentLength: number
  /** In base64. */
  readonly ChecksumSHA256: string
}

/**
 * Writes a new object from a stream.
 *
 * @param put makes one request, which the signal ends: a body that breaks off would leave it waiting
 * @throws what `put` throws; the error of the content; LockedError if another process writes the object now
 */
export async function sendContent(
  put: (sending: Sending, signal: AbortSignal) => Promise<unknown>,
  { bytes, sha256, open }: Content,
): Promise<void> {
  const ChecksumSHA256 = Buffer.from(sha256, 'hex').toString('base64')
  for (let attempt = 1; ; attempt++) {
    let fault: Error | undefined
    const stop = new AbortController()
    const Body = Readable.from(open()).once('error', error => {
      fault = error
      stop.abort(error)
    })
    try {
      await put({ Body, ContentLength: bytes, ChecksumSHA256 }, stop.signal)
      return
    } catch (error) {
      if (fault !== undefined) throw fault
      if (s3ErrorName(error) === 'ConditionalRequestConflict') {
        throw new LockedError('Another process lands an object of that name. Try again after it.', { cause: error })
      }
      if (attempt === tries || !isTransient(error)) throw error
      await sleep(pauseMs * attempt)
    } finally {
      Body.destroy()
    }
  }
}

/** A store that is busy or has a fault, or a connection that broke; not an answer that says no. */
function isTransient(error: unknown): boolean {
  const { $metadata: answer } = error as { readonly $metadata?: { readonly httpStatusCode?: number } }
  return (answer?.httpStatusCode ?? 500) >= 500
}
