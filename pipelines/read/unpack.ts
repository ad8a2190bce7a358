import { createReadStream } from 'node:fs'
import { createGunzip, type Gunzip } from 'node:zlib'
import { RefusedError } from '../errors.ts'
import type { LandedFile } from '../landing.ts'

/** From here on a gzip may not unpack beyond {@link maxRatio} times its size: a bomb of 10 MB would fill 10 GB. */
const freeBytes = 64 * 1024 * 1024
/** gzip reaches 1,032 on zeros; delivered texts stay below 50. */
const maxRatio = 200

/**
 * The bytes of a file, unpacked where it is packed. Leaving the loop early closes it.
 *
 * @param onPacked told the bytes as they lie on disk
 * @throws RefusedError for a gzip that is damaged, cut off, or a bomb
 */
export async function* unpack(file: LandedFile, onPacked?: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  const packed = createReadStream(file.path, { highWaterMark: 1 << 20 })
  try {
    if (file.gzip) {
      if (onPacked !== undefined)
        packed.on('data', chunk => {
          onPacked(chunk as Buffer)
        })
      const gunzip = packed.pipe(createGunzip({ chunkSize: 1 << 18 }))
      packed.on('error', error => gunzip.destroy(error))
      yield* gunzipped(file, gunzip)
    } else {
      for await (const chunk of packed) {
        onPacked?.(chunk as Buffer)
        yield chunk as Buffer
      }
    }
  } finally {
    packed.destroy()
  }
}

async function* gunzipped(file: LandedFile, gunzip: Gunzip): AsyncGenerator<Buffer> {
  let bytes = 0
  try {
    for await (const chunk of gunzip) {
      bytes += (chunk as Buffer).length
      if (bytes > freeBytes && bytes > gunzip.bytesWritten * maxRatio) {
        throw new RefusedError(
          `Expected ${file.name} to unpack to at most ${maxRatio} times its size; it goes beyond. Check what was packed, or deliver it unpacked.`,
        )
      }
      yield chunk as Buffer
    }
  } catch (error) {
    if (error instanceof RefusedError || !String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error
    throw new RefusedError(`Expected a whole gzip file, found ${file.name} damaged or cut off. Deliver it again.`)
  }
}
