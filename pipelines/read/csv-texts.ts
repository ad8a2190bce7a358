import { isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import type { CsvInput } from '../inputs.ts'
import { type Encoding, encodingOf, replacement } from './encoding.ts'

/** Makes UTF-8 of what {@link csvRecords} gives. */
export class CsvTexts {
  readonly encoding: Encoding
  readonly #decoder: TextDecoder

  constructor(input: CsvInput) {
    this.encoding = encodingOf(input.encoding)
    this.#decoder = new TextDecoder(this.encoding.name, { fatal: true, ignoreBOM: true })
  }

  /**
   * @param bytes one character a byte
   * @returns undefined if the bytes are not of the declared encoding
   */
  utf8(bytes: string): Buffer | undefined {
    const buffer = Buffer.from(bytes, 'latin1')
    switch (this.encoding.kind) {
      case 'utf-8':
        return isUtf8(buffer) ? buffer : undefined
      case 'stream':
        return buffer.includes(replacement) ? undefined : buffer
      case 'bytes':
        return this.#decoded(buffer)
    }
  }

  #decoded(buffer: Buffer): Buffer | undefined {
    try {
      return Buffer.from(this.#decoder.decode(buffer))
    } catch {
      return undefined
    }
  }
}
