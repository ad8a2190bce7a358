import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CaseloadError } from '../../platform/errors.ts'
import { quoteName } from '../../platform/file-name.ts'
import type { S3Location } from '../../platform/s3-location.ts'
import { nameRefusal } from './list-objects.ts'
import type { ObjectStore, OpenObject, StoredObject } from './objects.ts'
import { changedError, s3ErrorName } from './s3-error.ts'

/** Maximum number of attempts; after a cut connection the next one goes on where it broke. */
const tries = 3
const pauseMs = 200

/** What fetching needs besides the object. */
export interface FetchOptions {
  readonly store: ObjectStore
  readonly location: S3Location
  readonly signal: AbortSignal
}

/** An object as it was listed. */
type ListedObject = Pick<StoredObject, 'key' | 'bytes' | 'etag'>

/** Takes the bytes of an object that start at a position. */
type Sink = (chunk: Uint8Array, position: number) => Promise<void>

/**
 * Streams an object into a new file of mode 0600.
 *
 * @returns its version, undefined where the bucket keeps none
 * @throws RefusedError if it is no longer the object that was listed, or no file can have the name
 * @throws CaseloadError if the connection broke three times, or the disk is full
 */
export async function fetchObject(
  options: FetchOptions,
  object: ListedObject,
  path: string,
): Promise<string | undefined> {
  const file = await create(options.location, path)
  try {
    return await transfer(options, object, (chunk, position) => writeAll(file, chunk, position))
  } finally {
    await file.close()
  }
}

/**
 * Reads a small object into memory.
 *
 * @returns its bytes, and its version as {@link fetchObject} does
 * @throws as {@link fetchObject}
 */
export async function readObject(
  options: FetchOptions,
  object: ListedObject,
): Promise<{ readonly content: Uint8Array; readonly version: string | undefined }> {
  const content = new Uint8Array(object.bytes)
  const version = await transfer(options, object, (chunk, position) => {
    // A longer object is not the one that was listed, which its length shows.
    content.set(chunk.subarray(0, Math.max(0, content.length - position)), Math.min(position, content.length))
    return Promise.resolve()
  })
  return { content, version }
}

/**
 * The SHA-256 of an object, in hexadecimal.
 *
 * @throws as {@link fetchObject}
 */
export async function hashObject(options: FetchOptions, object: ListedObject): Promise<string> {
  let hash = createHash('sha256')
  await transfer(options, object, (chunk, position) => {
    // A transfer goes on where it was cut, or starts again.
    if (position === 0) hash = createHash('sha256')
    hash.update(chunk)
    return Promise.resolve()
  })
  return hash.digest('hex')
}

async function transfer(
  { store, location, signal }: FetchOptions,
  object: ListedObject,
  sink: Sink,
): Promise<string | undefined> {
  let from = 0
  for (let attempt = 1; ; attempt++) {
    const opened = await store.open(object, from)
    if (opened.etag !== object.etag) throw changedError(location.url)
    const { end, cut } = await copy(opened, sink, signal)
    if (end > object.bytes) throw changedError(location.url)
    if (cut === undefined && end === object.bytes) return opened.version
    signal.throwIfAborted()
    if (attempt === tries) throw cutError(location, object, end, cut ?? 'end of the answer')
    // What broke behind the last byte was the checksum of all of them.
    from = end === object.bytes ? 0 : end
    await sleep(pauseMs * attempt)
  }
}

interface Copied {
  /** The byte behind the last one that was taken. */
  readonly end: number
  /** The error of a cut connection. */
  readonly cut: string | undefined
}

async function copy({ body, start }: OpenObject, sink: Sink, signal: AbortSignal): Promise<Copied> {
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
    try {
      signal.throwIfAborted()
      await sink(next.value, end)
    } catch (error) {
      await chunks.return?.()
      throw error
    }
    end += next.value.length
  }
}

/** @throws RefusedError if the file system does not take the name, or has a file of it: it may not tell cases apart */
async function create(location: S3Location, path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (['ENAMETOOLONG', 'EEXIST', 'EILSEQ', 'EINVAL'].includes(code)) throw nameRefusal(location, basename(path))
    throw error
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  try {
    let done = 0
    while (done < chunk.length) {
      done += (await file.write(chunk, done, chunk.length - done, position + done)).bytesWritten
    }
  } catch (error) {
    throw new CaseloadError(
      `A landing file could not be written to the work folder (${(error as NodeJS.ErrnoException).code ?? 'unknown'}). ` +
        'Make room below CASELOAD_WORK, or name another folder.',
      { cause: error },
    )
  }
}

function cutError({ url, prefix }: S3Location, { key, bytes }: ListedObject, end: number, cut: string): CaseloadError {
  const name = quoteName(`${url}/${key.slice(prefix.length)}`)
  return new CaseloadError(
    `Expected ${bytes} bytes of ${name}, but the connection was cut ${tries} times, the last time after ${end} (${cut}). ` +
      'Nothing of the batch was published. Try again later.',
  )
}
