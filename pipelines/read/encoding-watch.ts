import { isAscii, isUtf8 } from 'node:buffer'
import { RefusedError } from '../platform/errors.ts'
import type { Input } from '../source/inputs.ts'
import type { LandedFile } from '../landing/files/landed-file.ts'
import { markBytes, markOf } from './byte-order.ts'
import { encodingOf } from '../platform/encoding.ts'
import { isParquet } from './parquet-metadata.ts'

/** Compares the unpacked bytes of one file with the encoding that its input declares. */
export class EncodingWatch {
  readonly #file: LandedFile
  readonly #format: Input['format']
  /** Canonical name of the declared encoding; undefined for Parquet. */
  readonly #declared: string | undefined
  #head: Buffer | undefined = Buffer.alloc(0)
  /** First bytes of a character that the end of the last chunk cut off. */
  #cut: Buffer = Buffer.alloc(0)
  #isUtf8: boolean
  #isAscii = true

  constructor(file: LandedFile, input: Input) {
    this.#file = file
    this.#format = input.format
    if (!isParquet(file) || input.format === 'json') {
      this.#declared = input.format === 'csv' ? encodingOf(input.encoding).name : 'utf-8'
    }
    this.#isUtf8 = this.#declared !== undefined && !this.#declared.startsWith('utf-')
  }

  /** @throws RefusedError if the byte order mark is of another encoding than the declared one */
  push(chunk: Buffer): void {
    if (this.#head !== undefined) {
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, markBytes)])
      if (this.#head.length >= markBytes) this.#begin(this.#head)
    }
    if (!this.#isUtf8) return
    const bytes = this.#cut.length > 0 ? Buffer.concat([this.#cut, chunk]) : chunk
    const whole = bytes.length - cutOff(bytes)
    this.#cut = bytes.subarray(whole)
    const text = bytes.subarray(0, whole)
    this.#isAscii &&= isAscii(text)
    this.#isUtf8 = isUtf8(text)
  }

  /** Call it after the last chunk. @throws RefusedError as {@link push} */
  end(): void {
    if (this.#head !== undefined) this.#begin(this.#head)
    if (this.#cut.length > 0) this.#isUtf8 = false
  }

  /** True if the declared encoding is not UTF-8, but all bytes are valid UTF-8 and some are over 127. */
  get looksUtf8(): boolean {
    return this.#isUtf8 && !this.#isAscii
  }

  #begin(head: Buffer): void {
    this.#head = undefined
    const mark = markOf(head)
    if (mark === undefined || this.#declared === undefined || mark.labels.includes(this.#declared)) return
    const [label] = mark.labels
    const isDeclarable = this.#format === 'csv' && label !== undefined
    const declare = isDeclarable ? `Declare encoding: '${label}' in the source's input, or deliver` : 'Deliver'
    throw new RefusedError(
      `Expected ${this.#file.name} in ${this.#declared}, the encoding of its input ${this.#file.input}, but it begins with the byte ` +
        `order mark of ${mark.name}. ${declare} it as ${this.#declared === 'utf-8' ? 'UTF-8' : this.#declared}.`,
    )
  }
}

/** Number of bytes at the end that are the start of an incomplete UTF-8 character. */
function cutOff(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
  }
  return 0
}
