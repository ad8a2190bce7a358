import { createReadStream, type ReadStream } from 'node:fs'
import { createGunzip, type Gunzip } from 'node:zlib'
import { RefusedError } from '../platform/errors.ts'
import type { LandedFile } from '../landing/files/landed-file.ts'
import type { ReadLimits } from './limits.ts'

/** From here on a gzip may not unpack beyond the ratio that its input allows: a bomb of 10 MB would fill 10 GB. */
const freeBytes = 64 * 1024 * 1024
/** FTEXT, FHCRC and FCOMMENT in the header of a gzip (RFC 1952): DuckDB 1.5.5 takes a file with one of them for none. */
const flagsUnknownToDuckDb = 0b1_0011

/** Told of a file's bytes as they lie on disk. */
export interface PackedBytes {
  readonly onPacked?: (chunk: Buffer) => void
  /** Told once if DuckDB takes the gzip for none, though RFC 1952 allows it and it was unpacked to its end. */
  readonly onUnusual?: () => void
}

/**
 * The bytes of a file, unpacked where it is packed: whatever RFC 1952 allows, and zeros behind it, with which tapes and
 * some tools fill up a block. Leaving the loop early closes it.
 *
 * @throws RefusedError for a gzip that is damaged, cut off, a bomb, or followed by something else
 */
export async function* unpack(
  file: LandedFile,
  { unpackRatio }: Pick<ReadLimits, 'unpackRatio'>,
  { onPacked, onUnusual }: PackedBytes = {},
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

type Told = { readonly [name in keyof PackedBytes]: PackedBytes[name] | undefined }

async function* gunzipped(file: LandedFile, packed: ReadStream, maxRatio: number, told: Told): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 1 << 18 })
  const feeding = feed(file, packed, gunzip, told)
  feeding.catch((error: unknown) => gunzip.destroy(error as Error))
  let bytes = 0
  try {
    for await (const chunk of gunzip) {
      bytes += (chunk as Buffer).length
      if (bytes > freeBytes && bytes > gunzip.bytesWritten * maxRatio) {
        throw new RefusedError(
          `Expected ${file.name} to unpack to at most ${maxRatio} times its size; it goes beyond. Check what was packed, ` +
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
 * Gives a gzip to zlib chunk by chunk. Where a zero follows a member, zlib stops without a word, whatever comes behind it:
 * only by what it has taken after each chunk can that be known.
 */
async function feed(
  { name }: LandedFile,
  packed: ReadStream,
  gunzip: Gunzip,
  { onPacked, onUnusual }: Told,
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
        `Expected nothing but zeros behind the end of the gzip ${name}, found other bytes. Deliver it again, as one gzip file.`,
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
