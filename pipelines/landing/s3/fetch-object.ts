import { type FileHandle, open, utimes } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { CaseloadError } from '../../platform/errors.ts'
import { quoteName } from '../../platform/file-name.ts'
import type { S3Location } from '../../platform/s3-location.ts'
import type { ObjectStore, OpenObject, StoredObject } from './objects.ts'
import { changedError, s3ErrorName } from './s3-error.ts'

/** A connection that is cut half way is taken up again where it broke, so often in all. */
const tries = 3
const pauseMs = 200

/** What fetching needs besides the object. */
export interface FetchParts {
  readonly store: ObjectStore
  readonly location: S3Location
  readonly signal: AbortSignal
}

/**
 * Streams an object into a file of mode 0600, which gets the object's time.
 *
 * @returns its version, undefined where the bucket keeps none
 * @throws RefusedError if it is no longer the object that was listed
 * @throws CaseloadError if the connection broke three times, or the disk is full
 */
export async function fetchObject(
  { store, location, signal }: FetchParts,
  object: StoredObject,
  path: string,
): Promise<string | undefined> {
  const file = await open(path, 'w', 0o600)
  try {
    let from = 0
    for (let attempt = 1; ; attempt++) {
      const opened = await store.open(object, from)
      if (opened.etag !== object.etag) throw changedError(location.url)
      const { end, cut } = await copy(opened, file, signal)
      if (end > object.bytes) throw changedError(location.url)
      if (cut === undefined && end === object.bytes) return opened.version
      signal.throwIfAborted()
      if (attempt === tries) throw cutError(location, object, end, cut ?? 'end of the answer')
      // What broke behind the last byte was the checksum of all of them.
      from = end === object.bytes ? 0 : end
      await sleep(pauseMs * attempt)
    }
  } finally {
    await file.close()
    await utimes(path, object.modified, object.modified)
  }
}

interface Copied {
  /** The byte behind the last one that is in the file. */
  readonly end: number
  /** What the connection died of, if it did. */
  readonly cut: string | undefined
}

async function copy({ body, start }: OpenObject, file: FileHandle, signal: AbortSignal): Promise<Copied> {
  let end = start
  const chunks = body[Symbol.asyncIterator]()
  for (;;) {
    let next: IteratorResult<Uint8Array>
    try {
      next = await chunks.next()
    } catch (error) {
      return { end, cut: s3ErrorName(error) }
    }
    if (next.done === true) return { end, cut: undefined }
    if (signal.aborted) {
      await chunks.return?.()
      signal.throwIfAborted()
    }
    try {
      end = await writeAll(file, next.value, end)
    } catch (error) {
      await chunks.return?.()
      throw new CaseloadError(
        `A landing file could not be written to the work folder (${(error as NodeJS.ErrnoException).code ?? 'unknown'}). ` +
          'Make room below CASELOAD_WORK, or name another folder.',
        { cause: error },
      )
    }
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array, position: number): Promise<number> {
  let done = 0
  while (done < chunk.length) {
    done += (await file.write(chunk, done, chunk.length - done, position + done)).bytesWritten
  }
  return position + done
}

function cutError({ url, prefix }: S3Location, { key, bytes }: StoredObject, end: number, cut: string): CaseloadError {
  const name = quoteName(`${url}/${key.slice(prefix.length)}`)
  return new CaseloadError(
    `Expected ${bytes} bytes of ${name}, but the connection was cut ${tries} times, the last time after ${end} (${cut}). ` +
      'Nothing of the batch was published. Try again later.',
  )
}
