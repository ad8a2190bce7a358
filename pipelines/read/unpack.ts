import { createReadStream, type ReadStream } from 'node:fs'
import { createGunzip, type Gunzip } from 'node:zlib'
import { RefusedError } from '../platform/errors.ts'
import type { LandedFile } from '../landing/files/landed-file.ts'
import type { ReadLimits } from './limits.ts'

/** The ratio is checked beyond this size: a gzip bomb of 10 MB unpacks to 10 GB. */
const freeBytes = 64 * 1024 * 1024
/** Header flags FTEXT, FHCRC and FCOMMENT (RFC 1952): DuckDB 1.5.5 rejects a gzip that has one of them. */
const flagsUnknownToDuckDb = 0b1_0011

/** Callbacks of {@link unpack}. */
export interface UnpackOptions {
  /** Gets the bytes as they are on disk. */
  readonly onPacked?: (chunk: Buffer) => void
  /** Called if DuckDB rejects the gzip although RFC 1952 allows it. */
  readonly onUnusual?: () => void
}

/**
 * Reads a file and unpacks it if it is a gzip. Accepts everything that RFC 1952 allows, and zeros after the end, with
 * which tapes and some tools fill a block. Leaving the loop early closes the file.
 *
 * @throws RefusedError for a gzip that is damaged, cut off, a bomb, or followed by bytes other than zero
 */
export async function* unpack(
  file: LandedFile,
  { unpackRatio }: Pick<ReadLimits, 'unpackRatio'>,
  { onPacked, onUnusual }: UnpackOptions = {},
): AsyncGenerator<Buffer> {
  const packed = createReadStream(file.path, { highWaterMark: 1 << 20 })
  try {
    if (file.gzip) yield* gunzipped(file, packed, unpackRatio, { onPacked, onUnusual })
    else {
      for await (const chunk of packed) {
        onPacked?.(chunk as Buffer)
        yield chunk as Buffer
      }
    }
  } finally {
    packed.destroy()
  }
}

type Callbacks = { readonly [name in keyof UnpackOptions]: UnpackOptions[name] | undefined }

async function* gunzipped(
  file: LandedFile,
  packed: ReadStream,
  maxRatio: number,
  callbacks: Callbacks,
): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 1 << 18 })
  const feeding = feed(file, packed, gunzip, callbacks)
  feeding.catch((error: unknown) => gunzip.destroy(error as Error))
  // The loop below no longer listens once the gzip has ended; then `await feeding` throws the error. Node 24 ends it earlier.
  gunzip.on('error', () => undefined)
  let bytes = 0
  try {
    for await (const chunk of gunzip) {
      bytes += (chunk as Buffer).length
      if (bytes > freeBytes && bytes > gunzip.bytesWritten * maxRatio) {
        throw new RefusedError(
          `Expected ${file.name} to unpack to at most ${maxRatio} times its size, found more. Check the content of the gzip, ` +
            'and deliver it unpacked, or declare a greater maxUnpackRatio in its input.',
        )
      }
      yield chunk as Buffer
    }
    await feeding
  } catch (error) {
    if (error instanceof RefusedError || !String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error
    throw new RefusedError(`Expected a whole gzip file, found ${file.name} damaged or cut off. Deliver it again.`)
  } finally {
    gunzip.destroy()
  }
}

/**
 * Writes a gzip to zlib chunk by chunk. If a zero follows a member, zlib stops without an error and ignores the rest.
 * Only the number of bytes that zlib has consumed after each chunk shows it.
 */
async function feed(
  { name }: LandedFile,
  packed: ReadStream,
  gunzip: Gunzip,
  { onPacked, onUnusual }: Callbacks,
): Promise<void> {
  let given = 0
  let ended = false
  for await (const one of packed) {
    const chunk = one as Buffer
    if (given === 0 && ((chunk[3] ?? 0) & flagsUnknownToDuckDb) !== 0) onUnusual?.()
    onPacked?.(chunk)
    given += chunk.length
    if (!ended) await write(gunzip, chunk)
    const left = ended ? chunk : chunk.subarray(chunk.length - (given - gunzip.bytesWritten))
    if (left.length === 0) continue
    if (!ended) onUnusual?.()
    ended = true
    if (left.some(byte => byte !== 0)) {
      throw new RefusedError(
        `Expected only zeros after the end of the gzip ${name}, found other bytes. Deliver it again, as one gzip file.`,
      )
    }
  }
  if (!ended) gunzip.end()
}

function write(gunzip: Gunzip, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    gunzip.write(chunk, error => {
      if (error == null) resolve()
      else reject(error)
    })
  })
}
