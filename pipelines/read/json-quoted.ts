import { open } from 'node:fs/promises'
import { NumberWatch } from './json-number.ts'
import type { ScannedFile } from './scan-file.ts'
import { unpack } from './unpack.ts'

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const newline = 0x0a
const mark = Buffer.from('"')

/** A number of JSON, whole. */
const number = /^-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?$/
/** No number of a JSON file is longer; a file with one that is goes the exact way. */
const longest = 1 << 16

/**
 * Copies a JSON file with quotes around the numbers that DuckDB would print in another way, so that it gives their text as
 * delivered. Every other byte stays: a record that was no JSON is none in the copy, and record numbers stay.
 *
 * Measured beside the exact way, which parses each record: 250 MB of nested JSON in 1.9 s, against 19 s.
 *
 * @param path of the copy, which only this user may read
 * @returns false where the file is not regular enough to tell texts from numbers; then nothing may be read from the copy
 */
export async function quoteNumbers(file: ScannedFile, path: string): Promise<boolean> {
  const copy = await open(path, 'w', 0o600)
  try {
    const quoter = new NumberQuoter()
    for await (const chunk of unpack(file, file.limits)) {
      const pieces = quoter.push(chunk)
      if (pieces === undefined) return false
      await copy.writeFile(Buffer.concat(pieces))
    }
    const rest = quoter.end()
    if (rest === undefined) return false
    await copy.writeFile(Buffer.concat(rest))
    return true
  } finally {
    await copy.close()
  }
}

/** Finds the numbers in the bytes of a JSON file, chunk by chunk. */
class NumberQuoter {
  readonly #watch = new NumberWatch()
  #inString = false
  #escaped = false
  /** The last thing outside strings was a number that got quotes. */
  #quoted = false
  /** Bytes of a number that the last chunk ended in. */
  #held: Buffer = Buffer.alloc(0)

  /** Gives the bytes to write; undefined where a text holds a line feed, or a number stands where a name must. */
  push(next: Buffer): readonly Buffer[] | undefined {
    const chunk = this.#held.length > 0 ? Buffer.concat([this.#held, next]) : next
    this.#held = Buffer.alloc(0)
    const pieces: Buffer[] = []
    /** Up to here all is in the pieces. */
    let done = 0
    for (let at = 0; at < chunk.length; at++) {
      if (this.#inString) {
        at = this.#stringEnd(chunk, at)
        if (at === chunk.length) break
        if (chunk[at] === newline) return undefined
        this.#inString = false
        continue
      }
      const byte = chunk[at] as number
      if (byte === quote) {
        this.#inString = true
        this.#quoted = false
      } else if ((byte >= 0x30 && byte <= 0x39) || byte === 0x2d) {
        const end = numberEnd(chunk, at)
        if (end === chunk.length) {
          if (end - at > longest) return undefined
          this.#held = chunk.subarray(at)
          pieces.push(chunk.subarray(done, at))
          return pieces
        }
        this.#quoted = this.#isRespelt(chunk, at, end)
        if (this.#quoted) {
          pieces.push(chunk.subarray(done, at), mark, chunk.subarray(at, end), mark)
          done = end
        }
        at = end - 1
      } else if (byte === colon) {
        if (this.#quoted) return undefined
      } else if (byte > 0x20) this.#quoted = false
    }
    pieces.push(chunk.subarray(done))
    return pieces
  }

  /** The last bytes, once all were pushed. */
  end(): readonly Buffer[] | undefined {
    if (this.#inString) return undefined
    const last = this.#held
    const pieces = last.length > 0 && this.#isRespelt(last, 0, last.length) ? [mark, last, mark] : [last]
    return pieces
  }

  /** What is no number of JSON stays as it is, so that DuckDB does not take it either. */
  #isRespelt(chunk: Buffer, from: number, to: number): boolean {
    for (let at = from; at < to; at++) this.#watch.push(chunk[at] as number)
    return this.#watch.end() && number.test(chunk.toString('latin1', from, to))
  }

  /** The place of the quote that ends a text, of a line feed in it, or the end of the chunk. */
  #stringEnd(chunk: Uint8Array, from: number): number {
    let escaped = this.#escaped
    let at = from
    for (; at < chunk.length; at++) {
      const byte = chunk[at]
      if (byte === newline) break
      if (escaped) escaped = false
      else if (byte === backslash) escaped = true
      else if (byte === quote) break
    }
    this.#escaped = escaped
    return at
  }
}

/** The place behind the bytes that a number may be made of. */
function numberEnd(chunk: Uint8Array, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at] as number
    const isPart =
      (byte >= 0x30 && byte <= 0x39) || byte === 0x2e || byte === 0x2d || byte === 0x2b || (byte | 0x20) === 0x65
    if (!isPart) return at
  }
  return chunk.length
}
